import { describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';

import { eventually } from '../test/support/eventually.ts';
import type { Narration } from './narration.ts';
import { narrate } from './narration.ts';

function narration(live: boolean): { narration: Narration; said: () => string } {
  let said = '';
  const all = { write: (text: string) => (said += text) };
  return { narration: narrate({ out: all, err: all, steps: 2, startedAt: Date.now(), live }), said: () => said };
}

const long = async (say: (words: string) => void): Promise<readonly [undefined, string]> => {
  say('waiting');
  await delay(1900);
  return [undefined, 'done'];
};

describe('narrate', () => {
  test('numbers the steps and says how long they took', async () => {
    const { narration: told, said } = narration(false);
    expect(await told.step('One', () => Promise.resolve([1, 'done']))).toBe(1);
    await expect(told.step('Two', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(said()).toMatch(/^\[1\/2\] One {2}done {2}\(\d+\.\d s\)\n$/);
    expect(told.busyWith).toBe('Two');
  });

  test('is never silent for 2 s', async () => {
    const { narration: told, said } = narration(false);
    await told.step('Long', long);
    expect(said()).toMatch(/^(?:\[1\/2\] Long {2}… \d\.\d s, waiting\n)+\[1\/2\] Long {2}done {2}\(\d\.\d s\)\n$/);
  });

  test('on a terminal, progress is one line that changes and makes room for others', async () => {
    const { narration: told, said } = narration(true);
    const step = told.step('Long', long);
    await eventually('progress is shown', () => said().includes('waiting'), 10_000);
    told.print('an event');
    await step;
    const progress = '\r\u001b[K[1/2] Long  … N s, waiting';
    const shown = said().replaceAll(/\d+\.\d s/g, 'N s');
    expect(shown).toContain(`${progress}\r\u001b[Kan event\n${progress}`);
    expect(shown.endsWith(`${progress}\r\u001b[K[1/2] Long  done  (N s)\n`)).toBe(true);
  });
});

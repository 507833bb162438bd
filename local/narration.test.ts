import { describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';

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
    expect(said()).toBe('[1/2] One  done  (0.0 s)\n');
    expect(told.busyWith).toBe('Two');
  });

  test('is never silent for 2 s', async () => {
    const { narration: told, said } = narration(false);
    await told.step('Long', long);
    expect(said()).toMatch(/^\[1\/2\] Long {2}… 1\.\d s, waiting\n\[1\/2\] Long {2}done {2}\(\d\.\d s\)\n$/);
  });

  test('on a terminal, progress is one line that changes and makes room for others', async () => {
    const { narration: told, said } = narration(true);
    const step = told.step('Long', long);
    await delay(800);
    told.print('an event');
    await step;
    const erase = '\r\u001b[K';
    expect(said()).toContain(`${erase}[1/2] Long  … 0.5 s, waiting${erase}an event\n${erase}[1/2] Long  … 1.`);
    expect(said().endsWith(`${erase}[1/2] Long  done  (1.9 s)\n`)).toBe(true);
  });
});

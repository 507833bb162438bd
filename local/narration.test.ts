import { describe, expect, test } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import { narrate } from './narration.ts';

describe('narrate', () => {
  test('numbers the steps and says how long they took', async () => {
    const out = new PassThrough();
    const narration = narrate(out, 2, Date.now());
    expect(await narration.step('One', () => Promise.resolve([1, 'done']))).toBe(1);
    await expect(narration.step('Two', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(String(out.read())).toMatch(/^\[1\/2\] One {2}done {2}\(0\.0 s\)\n$/);
    expect(narration.busyWith).toBe('Two');
  });

  test('is never silent for 2 s', async () => {
    const out = new PassThrough();
    await narrate(out, 1, Date.now()).step('Long', async (say) => {
      say('waiting');
      await delay(1900);
      return [undefined, 'done'];
    });
    expect(String(out.read())).toMatch(/^\[1\/1\] Long {2}… 1\.\d s, waiting\n/);
  });
});

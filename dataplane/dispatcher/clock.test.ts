import { expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';

import { systemClock } from './clock.ts';

test.each([2 ** 31, Infinity])('S-11: a wait of %d ms is not over at once', async (ms) => {
  const waiting = new AbortController();
  const wait = systemClock.wait(ms, waiting.signal).then(() => 'over', () => 'aborted');
  expect(await Promise.race([wait, delay(20, 'waits')])).toBe('waits');
  waiting.abort();
  expect(await wait).toBe('aborted');
});

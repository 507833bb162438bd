import { expect, test } from '@jest/globals';

import { largestBodyBytes, sizeWarning } from './event-size.ts';

const mebibyte = 1_048_576;
/** The largest head, with the most lines, and what is beside it. */
const besideBody = 8192 + 32_768 + 256 * (512 - 16);
/** Of a mebibyte, what is not kept for answers that wait. */
const ofMebibyte = (mebibyte * 31) / 32;

test.each([
  { name: 'the setting, where there is room', MAX_EVENT_BYTES: 20 * mebibyte, QUEUE_LIMIT_BYTES: 64 * mebibyte, WORKERS: 3, want: 20 * mebibyte },
  { name: 'less, where a worker\'s share is smaller, with its head and the rest', MAX_EVENT_BYTES: 20 * mebibyte, QUEUE_LIMIT_BYTES: 64 * mebibyte, WORKERS: 4, want: 16 * ofMebibyte - besideBody },
  { name: 'less, where the share is as large', MAX_EVENT_BYTES: mebibyte, QUEUE_LIMIT_BYTES: mebibyte, WORKERS: 1, want: ofMebibyte - besideBody },
  { name: 'nothing, where there is no room for a head', MAX_EVENT_BYTES: mebibyte, QUEUE_LIMIT_BYTES: mebibyte, WORKERS: 64, want: 0 },
])('R11.4: the largest body is $name, and the log says so where the setting is cut', ({ want, ...config }) => {
  expect(largestBodyBytes(config)).toBe(want);
  const warning = sizeWarning(config);
  expect(warning === undefined).toBe(want === config.MAX_EVENT_BYTES);
  if (warning !== undefined) expect(warning).toContain(`may have ${want} bytes`);
});

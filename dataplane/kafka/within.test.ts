import { expect, test } from '@jest/globals';

import { within } from './within.ts';

test('what never answers fails after its time, and says what it was', async () => {
  await expect(within(20, 'Fetch', () => new Promise(() => undefined))).rejects.toThrow('Fetch: no answer within 0.02 s');
});

test('what answers in time is answered so', async () => {
  await expect(within(60_000, 'Fetch', () => Promise.resolve(1))).resolves.toBe(1);
  await expect(within(60_000, 'Fetch', () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
});

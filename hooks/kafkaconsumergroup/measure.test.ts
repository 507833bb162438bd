import { describe, expect, test } from '@jest/globals';

import { lagOf, measured, rounded } from './measure.ts';

const known = { lag: '1.2k', oldest: '5m', members: 2, measuredAt: '2026-11-22T09:00:00Z' };

describe('K7: lag and members in status', () => {
  test.each([[0n, '0'], [7n, '7'], [99n, '99'], [123n, '120'], [999n, '1k'], [1_249n, '1.2k'], [25_400n, '25k'], [1_230_000n, '1.2M'], [9_990_000_000n, '10G']])('%s is told as %s', (count, want) =>
    expect(rounded(count)).toBe(want),
  );

  test('are not written where they are the same, however long ago', () => {
    expect(measured(known, { lag: 1_210n, oldest: '5m', members: 2 }, '2026-11-22T19:00:00Z')).toEqual(known);
  });

  test('are written once a minute where they change', () => {
    expect(measured(known, { lag: 7n, oldest: '5m', members: 2 }, '2026-11-22T09:00:59Z')).toEqual(known);
    expect(measured(known, { lag: 7n, oldest: '5m', members: 2 }, '2026-11-22T09:01:00Z')).toEqual({ lag: '7', oldest: '5m', members: 2, measuredAt: '2026-11-22T09:01:00Z' });
    expect(measured(known, { lag: 1_210n, oldest: '5m', members: 0 }, '2026-11-22T09:01:00Z')).toEqual({ lag: '1.2k', oldest: '5m', members: 0, measuredAt: '2026-11-22T09:01:00Z' });
  });

  test('are written where the oldest event has grown older', () => {
    expect(measured(known, { lag: 1_210n, oldest: '10m', members: 2 }, '2026-11-22T09:01:00Z')).toMatchObject({ oldest: '10m' });
  });

  test('are written at first', () => {
    expect(measured({}, { lag: 0n, oldest: '5m', members: 0 }, '2026-11-22T09:00:00Z')).toEqual({ lag: '0', oldest: '5m', members: 0, measuredAt: '2026-11-22T09:00:00Z' });
  });
});

test('lag counts what is after the committed offsets, and never below nothing', () => {
  expect(lagOf(new Map([[0, 5n], [1, 9n]]), new Map([[0, 8n], [1, 3n], [2, 4n]]))).toBe(3n);
});

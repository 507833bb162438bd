import { describe, expect, test } from '@jest/globals';

import { KeylessPartitions } from './keyless-partitions.ts';

describe('KeylessPartitions', () => {
  test('stays at a partition until it is sent', () => {
    const keyless = new KeylessPartitions();
    const first = keyless.next('t', 100, () => true);
    expect(Array.from({ length: 20 }, () => keyless.next('t', 100, () => true))).toEqual(Array.from({ length: 20 }, () => first));
    keyless.sent('t', first);
    expect(new Set(Array.from({ length: 20 }, () => {
      const next = keyless.next('t', 100, () => true);
      keyless.sent('t', next);
      return next;
    })).size).toBeGreaterThan(1);
  });

  test.each([
    { name: 'those that are free', free: [true, false, true, true], want: [true, false, true, true] },
    { name: 'all of them where none is', free: [false, false, false, false], want: [true, true, true, true] },
  ])('R21.2: spreads over $name', ({ free, want }) => {
    const keyless = new KeylessPartitions();
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 4000; i += 1) {
      const partition = keyless.next('t', 4, (one) => free[one] === true);
      keyless.sent('t', partition);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    expect(counts.map((count) => count > 800)).toEqual(want);
    expect(counts.map((count) => count > 0)).toEqual(want);
  });

  test('leaves a partition that is not free any more, or not there', () => {
    const keyless = new KeylessPartitions();
    const first = keyless.next('t', 4, () => true);
    expect(keyless.next('t', 4, (one) => one !== first)).not.toBe(first);
    const only = new KeylessPartitions();
    only.next('t', 4, (one) => one === 3);
    expect(only.next('t', 2, () => true)).toBeLessThan(2);
  });
});

import { describe, expect, test } from '@jest/globals';

import { KeylessPartitions } from './keyless-partitions.ts';

/** Sends one record after the other, each a batch of its own, and tells how many each partition had. */
function spread(keyless: KeylessPartitions, records: number, isFree: (partition: number) => boolean, partitions = 4): number[] {
  const counts = new Array<number>(partitions).fill(0);
  for (let i = 0; i < records; i += 1) sendBatch(keyless, 1, counts, isFree);
  return counts;
}

function sendBatch(keyless: KeylessPartitions, records: number, counts: number[], isFree: (partition: number) => boolean): void {
  let partition = 0;
  for (let i = 0; i < records; i += 1) {
    partition = keyless.next('t', counts.length, isFree);
    counts[partition] = (counts[partition] ?? 0) + 1;
  }
  keyless.sent('t', partition);
}

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
    { name: 'those that are free', free: [true, false, true, true], most: [1334, 0, 1334, 1334] },
    { name: 'all of them where none is', free: [false, false, false, false], most: [1300, 1300, 1300, 1300] },
    { name: 'all of them where all are', free: [true, true, true, true], most: [1001, 1001, 1001, 1001] },
  ])('R21.2: spreads over $name, each as many', ({ free, most }) => {
    const counts = spread(new KeylessPartitions(), 4000, (partition) => free[partition] === true);
    for (const [partition, count] of counts.entries()) expect(count).toBeLessThanOrEqual(most[partition] ?? 0);
  });

  test('R21.2: by records, where batches differ in size', () => {
    const keyless = new KeylessPartitions();
    const counts = [0, 0, 0, 0];
    for (let batch = 0; batch < 400; batch += 1) sendBatch(keyless, batch % 2 === 0 ? 1 : 19, counts, () => true);
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(40);
  });

  test('one that was away, or is new, has nothing to make up for', () => {
    const keyless = new KeylessPartitions();
    spread(keyless, 3000, (partition) => partition !== 1);
    expect(Math.max(...spread(keyless, 400, () => true))).toBeLessThanOrEqual(103);
    expect(Math.max(...spread(keyless, 500, () => true, 5))).toBeLessThanOrEqual(101);
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

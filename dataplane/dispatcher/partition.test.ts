import { describe, expect, test } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';

import type { FetchedBatch, FetchedRecord } from '../kafka/fetched-records.ts';
import { systemClock } from './clock.ts';
import { FetchBudget, mostPartitionBytes } from './fetch-budget.ts';
import type { PartitionOptions } from './partition.ts';
import { Partition } from './partition.ts';

function record(offset: number, size = 100): FetchedRecord {
  return { offset, key: null, value: null, headers: [], size };
}

function batch(from: number, offsets: number[], next: number, size = 100): FetchedBatch {
  return { partition: 0, from, records: offsets.map((offset) => record(offset, size)), next };
}

/** A partition whose records are finished by hand. */
function aPartition(more: Partial<PartitionOptions> = {}): { partition: Partition; budget: FetchBudget; underWay: number[]; finish: () => Promise<void>; seen: { room: number; failures: unknown[] } } {
  const budget = new FetchBudget(100 * mostPartitionBytes);
  const underWay: number[] = [];
  const waiting: (() => void)[] = [];
  const seen = { room: 0, failures: [] as unknown[] };
  const partition = new Partition({
    partition: 0,
    start: 0,
    budget,
    order: 'ordered',
    width: 8,
    clock: systemClock,
    handle: ({ offset }, _partition, signal) =>
      new Promise<void>((resolve, reject) => {
        underWay.push(offset);
        waiting.push(resolve);
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
    hasRoom: () => (seen.room += 1),
    failed: (error) => seen.failures.push(error),
    ...more,
  });
  const finish = async (): Promise<void> => {
    waiting.shift()?.();
    await setImmediate();
  };
  return { partition, budget, underWay, finish, seen };
}

describe('Partition', () => {
  test('P8: handles one record at a time, in order, and commits what is finished', async () => {
    const { partition, underWay, finish } = aPartition();
    partition.add(batch(0, [0, 1, 2], 3));
    expect(underWay).toEqual([0]);
    await finish();
    expect([underWay, partition.uncommitted]).toEqual([[0, 1], 1]);
    partition.committed(1);
    expect(partition.uncommitted).toBeUndefined();
    await finish();
    await finish();
    expect([underWay, partition.uncommitted]).toEqual([[0, 1, 2], 3]);
  });

  test('goes on behind holes and batches without a record', async () => {
    const { partition, underWay, finish } = aPartition();
    partition.add(batch(0, [], 5));
    expect(partition.uncommitted).toBe(5);
    partition.add(batch(5, [9], 20));
    await finish();
    expect([underWay, partition.uncommitted, partition.fetch?.offset]).toEqual([[9], 20, 20]);
  });

  test('takes no batch that was asked for at another position', () => {
    const { partition, underWay } = aPartition();
    partition.resumeAt(40);
    partition.add(batch(0, [0], 1));
    expect([underWay, partition.fetch?.offset, partition.uncommitted]).toEqual([[], 40, 40]);
  });

  test('pauses while it holds much, and says when it has room again', async () => {
    const { partition, budget, finish, seen } = aPartition();
    partition.add(batch(0, [0, 1], 2, mostPartitionBytes / 2));
    expect([partition.fetch, budget.used]).toEqual([undefined, mostPartitionBytes]);
    await finish();
    expect([partition.fetch?.maxBytes, seen.room]).toEqual([mostPartitionBytes / 2, 1]);
  });

  test('closed, it abandons what is under way, holds nothing and commits only what was finished', async () => {
    const { partition, budget, underWay, finish, seen } = aPartition();
    partition.add(batch(0, [0, 1, 2], 3));
    await finish();
    partition.close();
    await setImmediate();
    partition.add(batch(3, [3], 4));
    expect([underWay, budget.used, partition.uncommitted, seen.failures]).toEqual([[0, 1], 0, 1, []]);
  });

  test('tries a record again that a bug kept from being handled', async () => {
    let tries = 0;
    const failures: unknown[] = [];
    const done = Promise.withResolvers<undefined>();
    const { partition } = aPartition({
      handle: () => {
        tries += 1;
        if (tries === 1) return Promise.reject(new Error('bug'));
        done.resolve(undefined);
        return Promise.resolve();
      },
      failed: (error) => failures.push(error),
    });
    partition.add(batch(0, [0], 1));
    await done.promise;
    await setImmediate();
    expect([partition.uncommitted, failures]).toEqual([1, [new Error('bug')]]);
  });
});

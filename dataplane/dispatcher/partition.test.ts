import { describe, expect, test } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';

import type { FetchedBatch, FetchedRecord } from '../kafka/fetched-records.ts';
import { systemClock } from './clock.ts';
import { decodeProgress } from './commit-metadata.ts';
import { FetchBudget, mostPartitionBytes } from './fetch-budget.ts';
import { Gate } from './gate.ts';
import type { PartitionOptions } from './partition.ts';
import { Partition } from './partition.ts';
import { mostOffsetsAhead } from './partition-progress.ts';
import type { Tried } from './tries.ts';
import { untried } from './tries.ts';

const limit = 3072;

function record(offset: number, size = 100): FetchedRecord {
  return { offset, key: null, value: null, headers: [], timestamp: 0, size };
}

function batch(from: number, offsets: number[], next: number, { size = 100, epochs = [] }: { size?: number; epochs?: FetchedBatch['epochs'] } = {}): FetchedBatch {
  return { partition: 0, from, records: offsets.map((offset) => record(offset, size)), next, epochs, end: next, logStart: 0 };
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
    isCommitted: true,
    budget,
    order: 'ordered',
    width: 8,
    clock: systemClock,
    entrance: new Gate({ places: 10_000, mayEnter: () => true }),
    handle: ({ offset }, { signal }) =>
      new Promise<void>((resolve, reject) => {
        underWay.push(offset);
        waiting.push(resolve);
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
    topic: () => undefined,
    hasRoom: () => (seen.room += 1),
    failed: (error) => seen.failures.push(error),
    rewritten: () => undefined,
    shortened: () => undefined,
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
    expect([underWay, partition.uncommitted(limit)?.offset]).toEqual([[0, 1], 1]);
    partition.committed({ offset: 1, metadata: '' });
    expect(partition.uncommitted(limit)?.offset).toBeUndefined();
    await finish();
    await finish();
    expect([underWay, partition.uncommitted(limit)?.offset]).toEqual([[0, 1, 2], 3]);
  });

  test('goes on behind holes and batches without a record', async () => {
    const { partition, underWay, finish } = aPartition();
    partition.add(batch(0, [], 5));
    expect(partition.uncommitted(limit)?.offset).toBe(5);
    partition.add(batch(5, [9], 20));
    await finish();
    expect([underWay, partition.uncommitted(limit)?.offset, partition.fetch?.offset]).toEqual([[9], 20, 20]);
  });

  test('takes no batch that was asked for at another position', () => {
    const { partition, underWay } = aPartition();
    partition.resumeAt(40);
    partition.add(batch(0, [0], 1));
    expect([underWay, partition.fetch?.offset, partition.uncommitted(limit)?.offset]).toEqual([[], 40, 40]);
  });

  test('waits for a place with one turn, however many records wait, and is busy meanwhile', async () => {
    const gate = new Gate({ places: 2, mayEnter: () => true });
    const underWay: number[] = [];
    const ends: (() => void)[] = [];
    const { partition } = aPartition({ order: 'unordered', entrance: gate, handle: ({ offset }, _way, pass) => {
      underWay.push(offset);
      return new Promise<void>((resolve) => ends.push(resolve)).finally(() => pass.leave());
    } });
    const other = gate.enterNow(new AbortController().signal);
    partition.add(batch(0, [0, 1, 2, 3], 4));
    const turns: string[] = [];
    gate.enterInTurn(new AbortController().signal, (pass) => {
      turns.push('another');
      pass?.leave();
    });
    expect(underWay).toEqual([0]);
    other?.leave();
    expect([underWay, turns]).toEqual([[0, 1], []]);
    ends.shift()?.();
    await setImmediate();
    expect([underWay, turns]).toEqual([[0, 1, 2], ['another']]);
    for (const end of ends.splice(0)) end();
    await setImmediate();
    for (const end of ends.splice(0)) end();
    await setImmediate();
    expect([underWay, partition.standing.isBusy, gate.inside]).toEqual([[0, 1, 2, 3], false, 0]);
  });

  test('starts all that has a place once the gate opens', () => {
    let isOpen = false;
    const gate = new Gate({ places: 3, mayEnter: () => isOpen });
    const { partition, underWay } = aPartition({ order: 'unordered', entrance: gate });
    partition.add(batch(0, [0, 1, 2, 3], 4));
    expect([underWay, partition.standing.isBusy]).toEqual([[], true]);
    isOpen = true;
    gate.nudge();
    expect(underWay).toEqual([0, 1, 2]);
  });

  test('leaves its share of the budget to the others when it is closed', () => {
    const budget = new FetchBudget(100_000);
    const { partition } = aPartition({ budget });
    aPartition({ budget });
    expect(budget.allowance(0)).toBe(50_000);
    partition.close();
    expect(budget.allowance(0)).toBe(100_000);
  });

  test('gives nothing back twice for a record that is done with in the moment in which it is closed', async () => {
    const { partition, budget, finish } = aPartition();
    partition.add(batch(0, [0, 1], 2));
    const finishing = finish();
    partition.close();
    await finishing;
    expect([budget.used, partition.uncommitted(limit)?.offset]).toEqual([0, undefined]);
  });

  test('pauses while it holds much, and says when it has room again', async () => {
    const { partition, budget, finish, seen } = aPartition();
    partition.add(batch(0, [0, 1], 2, { size: mostPartitionBytes / 2 }));
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
    expect([underWay, budget.used, partition.uncommitted(limit)?.offset, seen.failures]).toEqual([[0, 1], 0, 1, []]);
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
    expect([partition.uncommitted(limit)?.offset, failures]).toEqual([1, [new Error('bug')]]);
  });

  test('drained, it starts nothing more, fetches nothing, and says when nothing is under way', async () => {
    const starts: AbortSignal[] = [];
    const work = Promise.withResolvers<undefined>();
    const { partition, seen } = aPartition({ order: 'unordered', width: 2, handle: (_record, { starting, signal }) => {
      starts.push(starting, signal);
      return work.promise;
    } });
    partition.add(batch(0, [0, 1, 2], 3));
    let isDrained = false;
    const draining = partition.drain().then(() => (isDrained = true));
    await setImmediate();
    expect([isDrained, partition.fetch, starts.map(({ aborted }) => aborted)]).toEqual([false, undefined, [true, false, true, false]]);
    work.resolve(undefined);
    await draining;
    partition.add(batch(3, [3], 4));
    await setImmediate();
    expect([starts.length, partition.uncommitted(limit)?.offset, seen.failures]).toEqual([4, 2, []]);
    await partition.drain();
  });
});

describe('what a partition tells whoever has it next', () => {
  /** Finishes records by offset; the others stay under way. */
  function finishing(offsets: number[], tries: Record<number, Tried> = {}): Partial<PartitionOptions> {
    return {
      order: 'unordered',
      width: 100,
      handle: ({ offset }, way) => {
        const tried = tries[offset];
        if (tried) way.changed(offset, tried);
        return offsets.includes(offset) ? Promise.resolve() : new Promise((_resolve, reject) => way.signal.addEventListener('abort', () => reject(way.signal.reason as Error)));
      },
    };
  }
  const failedTwice: Tried = { subscriber: 2, reply: 0, status: 503, dueAt: 1_000_000 };

  async function handedOver(first: Partial<PartitionOptions>, offsets: number[]): Promise<{ start: number; before: PartitionOptions['before'] }> {
    const { partition } = aPartition(first);
    partition.add(batch(0, offsets, Math.max(...offsets) + 1));
    await setImmediate();
    const commit = partition.uncommitted(limit);
    partition.close();
    return { start: commit?.offset ?? -1, before: decodeProgress(commit?.metadata ?? '', commit?.offset ?? -1) };
  }

  test('what is finished beyond the prefix is not handled again, and what was tried is known', async () => {
    const handover = await handedOver(finishing([0, 1, 3, 5, 6], { 2: failedTwice, 8: failedTwice }), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(handover.start).toBe(2);
    const seen: [number, Tried][] = [];
    const { partition } = aPartition({ ...handover, order: 'unordered', width: 100, handle: ({ offset }, way) => {
      seen.push([offset, way.tried(offset)]);
      return Promise.resolve();
    } });
    partition.add(batch(2, [2, 3, 4, 5, 6], 7));
    await setImmediate();
    expect(partition.uncommitted(limit)?.offset).toBe(7);
    partition.add(batch(7, [7, 8, 9], 10));
    await setImmediate();
    expect(seen).toEqual([[2, failedTwice], [4, untried], [7, untried], [8, failedTwice], [9, untried]]);
    expect(partition.uncommitted(limit)).toEqual({ offset: 10, metadata: '' });
  });

  test('before it has read that far, the next owner but one knows it too', async () => {
    const handover = await handedOver(finishing([0, 1, 3, 5, 6], { 8: failedTwice }), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    const { partition } = aPartition({ ...finishing([2]), ...handover });
    partition.add(batch(2, [2], 3));
    await setImmediate();
    const commit = partition.uncommitted(limit);
    expect(commit?.offset).toBe(4);
    expect(decodeProgress(commit?.metadata ?? '', 4)).toMatchObject({ end: 7, open: [4], tried: new Map([[8, failedTwice]]) });
  });

  test('what is no longer in the log is waited for no longer', async () => {
    const handover = await handedOver(finishing([1, 3], { 0: failedTwice, 4: failedTwice }), [0, 1, 2, 3, 4]);
    const { partition } = aPartition({ ...finishing([5]), ...handover });
    partition.add(batch(0, [5], 6));
    await setImmediate();
    expect(partition.uncommitted(limit)).toEqual({ offset: 6, metadata: '' });
  });

  test('what is finished beyond the prefix is known though the log has lost its beginning', async () => {
    const handover = await handedOver(finishing([1, 2, 4, 5, 7]), [0, 1, 2, 3, 4, 5, 6, 7]);
    const seen: number[] = [];
    const { partition } = aPartition({ ...handover, order: 'unordered', width: 100, handle: ({ offset }) => {
      seen.push(offset);
      return Promise.resolve();
    } });
    expect(partition.resumeAt(2)).toBe(1);
    expect(decodeProgress(partition.uncommitted(limit)?.metadata ?? '', 3)).toMatchObject({ end: 8, open: [3, 6] });
    partition.add(batch(2, [2, 3, 4, 5, 6, 7, 8], 9));
    await setImmediate();
    expect(seen).toEqual([3, 6, 8]);
  });

  describe('B8: the leaders that have written the log', () => {
    const [third, fourth] = [{ from: 0, epoch: 3 }, { from: 4, epoch: 4 }];

    test.each([[[0, 1], 2, 3], [[0, 1, 2, 3], 4, 3], [[0, 1, 2, 3, 4], 5, 4]])('%j are finished: the commit of %i names leader %i', async (finished, offset, epoch) => {
      const { partition } = aPartition(finishing(finished));
      partition.add(batch(0, [0, 1, 2, 3, 4, 5], 6, { epochs: [third, fourth] }));
      await setImmediate();
      expect(partition.uncommitted(limit)).toEqual({ offset, metadata: '', epoch });
      expect(partition.fetch).toMatchObject({ offset: 6, epoch: 4 });
    });

    test('the first request of the next owner names the one that the commit names, and so does its own commit', async () => {
      const { partition } = aPartition({ ...finishing([2]), start: 2, epoch: 3 });
      expect(partition.fetch).toMatchObject({ offset: 2, epoch: 3 });
      partition.add(batch(2, [2, 5], 6));
      await setImmediate();
      expect(partition.uncommitted(limit)).toEqual({ offset: 5, metadata: '', epoch: 3 });
    });

    test.each([
      ['another has written what was finished', [2, 3, 4, 5], [{ from: 2, epoch: 3 }, fourth], [4]],
      ['another has written what comes after it', [2, 3, 4, 7], [{ from: 2, epoch: 3 }, { from: 5, epoch: 4 }], []],
      ['nothing has changed', [2, 3, 4, 5, 6, 7], [{ from: 2, epoch: 3 }], []],
    ])('of what is finished beyond the prefix: %s', async (_what, offsets, epochs, expected) => {
      const first = aPartition(finishing([0, 1, 3, 5, 6]));
      first.partition.add(batch(0, [0, 1, 2, 3, 4, 5, 6], 7, { epochs: [third] }));
      await setImmediate();
      const { offset = -1, metadata = '' } = first.partition.uncommitted(limit) ?? {};
      const rewritten: number[] = [];
      const { partition, underWay } = aPartition({ start: offset, before: decodeProgress(metadata, offset), order: 'unordered', rewritten: (from) => rewritten.push(from) });
      partition.add(batch(2, offsets, 8, { epochs }));
      await setImmediate();
      expect([rewritten, underWay.length > 0]).toEqual([expected, expected.length === 0]);
    });

    test('what is finished beyond the prefix, and not read again yet, is still of the leader that had written it', async () => {
      const first = aPartition(finishing([0, 1, 3, 5, 6]));
      first.partition.add(batch(0, [0, 1, 2, 3, 4, 5, 6], 7, { epochs: [third, fourth] }));
      await setImmediate();
      const { offset = -1, metadata = '', epoch } = first.partition.uncommitted(limit) ?? {};
      const { partition } = aPartition({ ...finishing([2]), start: offset, epoch, before: decodeProgress(metadata, offset) });
      partition.add(batch(2, [2], 3, { epochs: [{ from: 2, epoch: 3 }] }));
      await setImmediate();
      const second = partition.uncommitted(limit);
      expect([second?.offset, second?.epoch, decodeProgress(second?.metadata ?? '', 4)]).toEqual([4, 3, expect.objectContaining({ end: 7, epoch: 4 })]);
    });
  });

  test('says nothing where there is nothing to say, and commits nothing twice', async () => {
    const { partition } = aPartition(finishing([0, 1]));
    partition.add(batch(0, [0, 1], 2));
    await setImmediate();
    const commit = partition.uncommitted(limit);
    expect(commit).toEqual({ offset: 2, metadata: '' });
    if (commit) partition.committed(commit);
    expect(partition.uncommitted(limit)).toBeUndefined();
  });

  test('does not run further ahead of an event that is not finished than a restart can read again', async () => {
    const { partition, seen } = aPartition(finishing([]));
    partition.add(batch(0, [0], mostOffsetsAhead));
    expect(partition.fetch).toBeUndefined();
    const { partition: other } = aPartition(finishing([0]));
    other.add(batch(0, [0], mostOffsetsAhead));
    expect(other.fetch).toBeUndefined();
    await setImmediate();
    expect([seen.room, other.fetch?.offset]).toEqual([0, mostOffsetsAhead]);
  });

  /** Of 1,500 records every other one is under way until it is let go. */
  async function ragged(): Promise<{ partition: Partition; shortened: unknown[]; seen: { room: number }; letGo: () => Promise<void> }> {
    const stuck = Promise.withResolvers<undefined>();
    const shortened: unknown[] = [];
    const { partition, seen } = aPartition({
      order: 'unordered', width: 2000, shortened: (encoded) => shortened.push(encoded),
      handle: ({ offset }) => (offset % 2 === 0 ? stuck.promise : Promise.resolve()),
    });
    partition.add(batch(0, Array.from({ length: 1500 }, (_, index) => index), 1500, { size: 1 }));
    await setImmediate();
    return { partition, shortened, seen, letGo: async () => (stuck.resolve(undefined), await setImmediate()) };
  }

  test('reads nothing more while that nearly fills the metadata of a commit, and goes on when it does no longer', async () => {
    const { partition, shortened, seen, letGo } = await ragged();
    expect(partition.uncommitted(1100)?.metadata.length).toBeLessThanOrEqual(1100);
    expect([partition.fetch, shortened]).toEqual([undefined, []]);
    await letGo();
    expect([partition.uncommitted(1100), seen.room, partition.fetch?.offset]).toEqual([{ offset: 1500, metadata: '' }, 1, 1500]);
  });

  test('reads on where there is little room for metadata at all, and says what does not fit', async () => {
    const { partition, shortened } = await ragged();
    partition.uncommitted(500);
    expect([partition.fetch?.offset, shortened]).toEqual([1500, [expect.objectContaining({ metadata: '', forgotten: 0 })]]);
  });

  test('R8.1: its lag is the end of the log less what is committed, or less the start of the log where Kafka has deleted more', () => {
    const { partition } = aPartition({ start: 2 });
    const lagOf = (end: number, logStart: number): number => {
      partition.logIs({ end, logStart });
      return partition.standing.lag;
    };
    expect([lagOf(9, 0), lagOf(9, 6), lagOf(9, 9)]).toEqual([7, 3, 0]);
    partition.committed({ offset: 8, metadata: '' });
    expect([lagOf(9, 6), lagOf(7, 0)]).toEqual([1, 0]);
  });

  test('R8.1: how old what it has not read yet is at most: since it had read all', async () => {
    let now = 1000;
    const { partition } = aPartition({ ...finishing([0, 1]), clock: { ...systemClock, timeOfDay: () => now } });
    partition.add({ ...batch(0, [0], 1), end: 9 });
    await setImmediate();
    expect(partition.standing.oldestMs).toBe(1000);
    now = 2000;
    partition.add(batch(1, [1], 2));
    await setImmediate();
    expect(partition.standing.oldestMs).toBeUndefined();
    now = 3000;
    partition.logIs({ end: 5, logStart: 0 });
    expect([partition.standing.oldestMs, partition.standing.lag]).toEqual([2000, 5]);
  });
});

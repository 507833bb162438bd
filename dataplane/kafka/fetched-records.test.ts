import { describe, expect, test } from '@jest/globals';

import type { FetchedPartition } from './fetched-records.ts';
import { fetchedBatch } from './fetched-records.ts';

type Batch = NonNullable<FetchedPartition['records']>[number];

const transactional = 1 << 4;
const control = 1 << 5;

function record(offsetDelta: number, value: string | null = 'v'): Batch['records'][number] {
  return { length: 0, attributes: 0, timestampDelta: 0n, offsetDelta, key: null, value: value === null ? null : Buffer.from(value), headers: [] };
}

function batch(firstOffset: number, deltas: number[], more: Partial<Batch> = {}): Batch {
  return {
    firstOffset: BigInt(firstOffset), length: 0, partitionLeaderEpoch: 0, magic: 2, crc: 0, attributes: 0, lastOffsetDelta: deltas.at(-1) ?? 0,
    firstTimestamp: 0n, maxTimestamp: 0n, producerId: -1n, producerEpoch: 0, firstSequence: 0, records: deltas.map((delta) => record(delta)), ...more,
  };
}

function marker(offset: number, producerId: bigint, kind: 'abort' | 'commit'): Batch {
  const key = Buffer.from([0, 0, 0, kind === 'abort' ? 0 : 1]);
  return batch(offset, [0], { attributes: transactional | control, producerId, records: [{ ...record(0), key }] });
}

function partition(records: Batch[] | null, aborted: [producerId: bigint, firstOffset: bigint][] = []): FetchedPartition {
  return {
    partitionIndex: 3, errorCode: 0, highWatermark: 0n, lastStableOffset: 0n, logStartOffset: 0n, preferredReadReplica: -1, records,
    abortedTransactions: aborted.map(([producerId, firstOffset]) => ({ producerId, firstOffset })),
  };
}

function offsets(fetched: FetchedPartition, from: number): { offsets: number[]; next: number } {
  const { records, next } = fetchedBatch(fetched, from);
  return { offsets: records.map(({ offset }) => offset), next };
}

describe('fetchedBatch', () => {
  test('hands on records and the offset after them', () => expect(offsets(partition([batch(5, [0, 1]), batch(7, [0])]), 5)).toEqual({ offsets: [5, 6, 7], next: 8 }));

  test('stays where it is when nothing was fetched', () => {
    expect(offsets(partition(null), 5)).toEqual({ offsets: [], next: 5 });
    expect(offsets(partition([]), 5)).toEqual({ offsets: [], next: 5 });
  });

  test('leaves out what lies below the offset that was asked for', () => expect(offsets(partition([batch(0, [0, 1, 2, 3])]), 2)).toEqual({ offsets: [2, 3], next: 4 }));

  test('passes the holes of compaction, also at the end of a batch', () => {
    expect(offsets(partition([batch(10, [1, 4], { lastOffsetDelta: 9 }), batch(40, [], { lastOffsetDelta: 2 })]), 10)).toEqual({ offsets: [11, 14], next: 43 });
  });

  test('passes transaction markers', () => expect(offsets(partition([batch(0, [0], { attributes: transactional, producerId: 1n }), marker(1, 1n, 'commit')]), 0)).toEqual({ offsets: [0], next: 2 }));

  test('leaves out what was aborted, though the marker is yet to come', () => {
    const mine = { attributes: transactional, producerId: 1n };
    expect(offsets(partition([batch(0, [0], mine), batch(1, [0], { attributes: transactional, producerId: 2n })], [[1n, 0n]]), 0)).toEqual({ offsets: [1], next: 2 });
  });

  test('keeps what a producer committed between two transactions that it aborted', () => {
    const mine = { attributes: transactional, producerId: 1n };
    const batches = [batch(0, [0], mine), marker(1, 1n, 'abort'), batch(2, [0], mine), marker(3, 1n, 'commit'), batch(4, [0], mine), marker(5, 1n, 'abort')];
    expect(offsets(partition(batches, [[1n, 0n], [1n, 4n]]), 0)).toEqual({ offsets: [2], next: 6 });
  });

  test('hands on null values, and counts bytes and objects', () => {
    const [only] = fetchedBatch(partition([batch(0, [0], { records: [{ ...record(0, null), headers: [[Buffer.from('ce_id'), null]] }] })]), 0).records;
    expect(only).toEqual({ offset: 0, key: null, value: null, headers: [[Buffer.from('ce_id'), Buffer.alloc(0)]], size: 405 });
  });
});

import type { Consumer, RecordsBatch } from '@platformatic/kafka';

export type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>;
export type FetchedPartition = FetchResponse['responses'][number]['partitions'][number];

export interface FetchedRecord {
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [Buffer, Buffer])[];
  /** Bytes it is counted with, the objects around it included. */
  readonly size: number;
}

export interface FetchedBatch {
  readonly partition: number;
  /** The offset that was asked for. */
  readonly from: number;
  /** In ascending order, none below `from`. */
  readonly records: readonly FetchedRecord[];
  /** The offset to ask for next: past what was read, be it records or not. */
  readonly next: number;
}

const controlBatch = 1 << 5;
const transactionalBatch = 1 << 4;
/** What a Buffer object costs beside its bytes. */
const bufferOverhead = 100;
const empty = Buffer.alloc(0);

/**
 * Records of one partition of a fetch response. Leaves out what was aborted (the client does so only where the end of the transaction is in
 * the same response), transaction markers, and what lies below `from`: brokers answer whole batches.
 */
export function fetchedBatch(fetched: FetchedPartition, from: number): FetchedBatch {
  const aborted = abortedTransactions(fetched);
  const records: FetchedRecord[] = [];
  let next = from;
  for (const batch of fetched.records ?? []) {
    const first = Number(batch.firstOffset);
    next = Math.max(next, first + batch.lastOffsetDelta + 1);
    if (aborted.covers(batch) || (batch.attributes & controlBatch) !== 0) continue;
    for (const record of batch.records) {
      const offset = first + record.offsetDelta;
      if (offset >= from) records.push(fetchedRecord(offset, record));
    }
  }
  return { partition: fetched.partitionIndex, from, records, next };
}

function fetchedRecord(offset: number, { key, value, headers }: RecordsBatch['records'][number]): FetchedRecord {
  let size = (key?.length ?? 0) + (value?.length ?? 0) + (2 + 2 * headers.length) * bufferOverhead;
  const whole = headers.map(([name, text]) => {
    size += (name?.length ?? 0) + (text?.length ?? 0);
    return [name ?? empty, text ?? empty] as const;
  });
  return { offset, key, value, headers: whole, size };
}

/** Follows the batches in their order: a producer's records are aborted from the first offset listed to its abort marker. */
function abortedTransactions(fetched: FetchedPartition): { covers(batch: RecordsBatch): boolean } {
  const ahead = [...(fetched.abortedTransactions ?? [])].sort((a, b) => Number(a.firstOffset - b.firstOffset));
  const open = new Set<bigint>();
  return {
    covers(batch) {
      const last = batch.firstOffset + BigInt(batch.lastOffsetDelta);
      while (ahead[0] && ahead[0].firstOffset <= last) open.add(ahead.shift()?.producerId ?? -1n);
      if (isAbortMarker(batch)) open.delete(batch.producerId);
      return (batch.attributes & transactionalBatch) !== 0 && open.has(batch.producerId);
    },
  };
}

function isAbortMarker(batch: RecordsBatch): boolean {
  const key = batch.records[0]?.key;
  return (batch.attributes & controlBatch) !== 0 && key?.readInt16BE(2) === 0;
}

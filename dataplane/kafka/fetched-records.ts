import type { FetchedRecord } from './batch-record.ts';
import type { FetchedPart } from './fetch-answer.ts';
import { RecordBatch, UnreadableBatch, batchAt } from './record-batches.ts';

export type { FetchedRecord } from './batch-record.ts';

/** What lies from an offset on was written by the leader of this epoch, which grows with each leader of the partition. */
export interface EpochStart {
  readonly from: number;
  readonly epoch: number;
}

export interface FetchedBatch {
  readonly partition: number;
  /** The offset that was asked for. */
  readonly from: number;
  /** In ascending order, none below `from`. */
  readonly records: readonly FetchedRecord[];
  /** The offset to ask for next: past what was read, be it records or not. */
  readonly next: number;
  /** Which leaders have written what was read, ascending. */
  readonly epochs: readonly EpochStart[];
  /** The offset that is readable up to: below it there is something to fetch. */
  readonly end: number;
  readonly logStart: number;
  /** Why the batch at `next` cannot be read. */
  readonly unreadable?: string;
}

export interface Reading {
  /** The offset that was asked for. */
  readonly from: number;
  /** Stops after the batch that reaches so many bytes: packed batches may be many times as large as what was asked for. */
  readonly enough: number;
}

/** Records of one partition of an answer. Leaves out what was aborted, transaction markers, and what lies below `from`: brokers answer whole batches. */
export function fetchedBatch(part: FetchedPart, reading: Reading): FetchedBatch {
  const { partition, lastStableOffset: end, logStart } = part;
  const read: Read = { records: [], epochs: [], next: reading.from };
  let unreadable: string | undefined;
  try {
    readBatches(part, reading, read);
  } catch (error) {
    if (!(error instanceof UnreadableBatch)) throw error;
    unreadable = error.message;
  }
  return { partition, from: reading.from, ...read, end, logStart, ...(unreadable !== undefined && { unreadable }) };
}

interface Read {
  readonly records: FetchedRecord[];
  readonly epochs: EpochStart[];
  next: number;
}

/** Throws UnreadableBatch; what lies before it has been read. */
function readBatches(part: FetchedPart, { from, enough }: Reading, read: Read): void {
  const { records: bytes } = part;
  const aborted = new AbortedTransactions(part);
  let held = 0;
  for (let position = 0; held < enough && position < bytes.length; ) {
    const found = batchAt(bytes, position);
    if (!found && position === 0) throw new UnreadableBatch('it is longer than what came of it');
    if (!found) return;
    position += found.length;
    const batch = new RecordBatch(found);
    const isForUs = !aborted.covers(batch) && !batch.isControl && batch.lastOffset >= from;
    held += isForUs ? append(read.records, batch.records(from)) : 0;
    if (read.epochs.at(-1)?.epoch !== batch.leaderEpoch) read.epochs.push({ from: read.next, epoch: batch.leaderEpoch });
    read.next = Math.max(read.next, batch.lastOffset + 1);
  }
}

/** Says how many bytes were added. */
function append(records: FetchedRecord[], more: readonly FetchedRecord[]): number {
  let bytes = 0;
  for (const record of more) {
    bytes += record.size;
    records.push(record);
  }
  return bytes;
}

/** Follows the batches in their order: a producer's records are aborted from the first offset listed to its abort marker. */
class AbortedTransactions {
  readonly #ahead: { readonly producerId: bigint; readonly firstOffset: number }[];
  readonly #open = new Set<bigint>();

  constructor({ aborted }: FetchedPart) {
    this.#ahead = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  }

  covers(batch: RecordBatch): boolean {
    while (this.#ahead[0] && this.#ahead[0].firstOffset <= batch.lastOffset) this.#open.add(this.#ahead.shift()?.producerId ?? -1n);
    if (batch.isControl && this.#open.has(batch.producerId) && isAbortMarker(batch)) this.#open.delete(batch.producerId);
    return batch.isTransactional && this.#open.has(batch.producerId);
  }
}

/** What follows the version in a marker's key, two bytes each. */
const abortKind = '\0\0';

function isAbortMarker(batch: RecordBatch): boolean {
  return batch.records(0)[0]?.key?.slice(2, 4) === abortKind;
}

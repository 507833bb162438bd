import type { OutgoingRecord, PartitionBatch, ProducerIdentity } from './producer-link.ts';
import type { ProduceError } from './produce-error.ts';
import { batchHeadBytes } from './record-batch.ts';

/** A record on its way, and whoever waits for it. */
export interface PendingRecord {
  readonly record: OutgoingRecord;
  readonly bytes: number;
  /** Time (ms, of the clock that nobody sets) at which the one who waits is told that Kafka did not take it. */
  readonly deadline: number;
  readonly settle: (error?: ProduceError) => void;
}

/** Records that carry their sequence numbers: they are sent again as they are, or never. */
export interface LaneBatch extends PartitionBatch {
  readonly identity: ProducerIdentity;
  readonly pending: readonly PendingRecord[];
  readonly bytes: number;
  attempts: number;
  /** How many of its records, from the first, have been told that their time is over. */
  told: number;
  underWay: boolean;
  /** An attempt has ended without saying whether it stored the batch. */
  inDoubt: boolean;
}

/** Broker's default limit of a batch (1,048,588 bytes) less room for what encoding adds. */
const maxBatchBytes = 900_000;
/** Sequence numbers start at 0 again after the last 31-bit one, as brokers expect. */
const sequenceLimit = 2 ** 31;
const bytesPerHeader = 10;
const bytesPerRecord = 30;

/** Records of one partition, in order: those that wait, and the one batch that has been given sequence numbers. */
export class PartitionLane {
  readonly topic: string;
  readonly partition: number;
  batch: LaneBatch | undefined;
  /** When it last got something to do (ms, of the clock that nobody sets). */
  usedMs = 0;
  #queue: PendingRecord[] = [];
  #identity: ProducerIdentity | undefined;
  #sequence = 0;
  #limit = maxBatchBytes;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  get isEmpty(): boolean {
    return this.batch === undefined && this.#queue.length === 0;
  }

  add(pending: PendingRecord): void {
    this.#queue.push(pending);
  }

  /** The batch to send: the one that was sent before, or a new one of what waits, within what its topic takes (bytes) unless one record alone is larger. */
  next(identity: ProducerIdentity, now: number, limit = maxBatchBytes): LaneBatch {
    this.batch ??= this.#build(identity, now, Math.min(this.#limit, limit - batchHeadBytes));
    return this.batch;
  }

  /** The batch is stored. */
  stored(): void {
    this.#limit = Math.min(maxBatchBytes, this.#limit * 2);
    this.#settle();
  }

  /** The batch is given up. Its sequence numbers are used again only where it is certain that it is not stored. */
  givenUp(error: ProduceError): void {
    this.#rewind();
    this.#settle(error);
  }

  /** Takes the batch apart, those of its records that somebody waits for to be sent with new sequence numbers, but for those that are refused. Only for one that is certainly not stored. */
  takeApart(refused: ReadonlyMap<PendingRecord, ProduceError> = new Map()): void {
    this.#rewind();
    const waiting = this.batch?.pending.slice(this.batch.told) ?? [];
    this.#queue = [...waiting.filter((pending) => !refused.has(pending)), ...this.#queue];
    this.batch = undefined;
    for (const pending of waiting) {
      const error = refused.get(pending);
      if (error) pending.settle(error);
    }
  }

  /** Next batches are at most half as large as this one. */
  halve(): void {
    this.#limit = Math.max(1, Math.floor((this.batch?.bytes ?? this.#limit) / 2));
  }

  /** Tells those whose time is over; a batch that was sent stays. */
  expire(now: number, error: () => ProduceError): void {
    const waiting = this.#queue.findIndex(({ deadline }) => deadline > now);
    for (const pending of this.#queue.splice(0, waiting < 0 ? this.#queue.length : waiting)) pending.settle(error());
    const { batch } = this;
    if (!batch) return;
    const inTime = batch.pending.findIndex(({ deadline }) => deadline > now);
    const late = inTime < 0 ? batch.pending.length : inTime;
    for (; batch.told < late; batch.told += 1) batch.pending[batch.told]?.settle(error());
  }

  /** Gives up everything. */
  failAll(error: ProduceError): void {
    if (this.batch) this.givenUp(error);
    for (const pending of this.#queue.splice(0)) pending.settle(error);
  }

  #build(identity: ProducerIdentity, now: number, limit: number): LaneBatch {
    if (this.#identity !== identity) [this.#identity, this.#sequence] = [identity, 0];
    const pending = this.#takeQueued(limit);
    const records = pending.map(({ record }) => record);
    const bytes = pending.reduce((sum, one) => sum + one.bytes, 0);
    const firstSequence = this.#sequence;
    this.#sequence = sequenceAfter(firstSequence, records.length);
    return { topic: this.topic, partition: this.partition, firstSequence, timestamp: now, records, identity, pending, bytes, attempts: 0, told: 0, underWay: false, inDoubt: false };
  }

  #takeQueued(limit: number): PendingRecord[] {
    let bytes = 0;
    const end = this.#queue.findIndex((pending, index) => {
      bytes += pending.bytes;
      return index > 0 && bytes > limit;
    });
    return this.#queue.splice(0, end < 0 ? this.#queue.length : end);
  }

  #rewind(): void {
    if (this.batch && !this.batch.inDoubt && this.batch.identity === this.#identity) this.#sequence = this.batch.firstSequence;
  }

  #settle(error?: ProduceError): void {
    const { batch } = this;
    this.batch = undefined;
    if (!batch) return;
    for (let next = batch.told; next < batch.pending.length; next += 1) batch.pending[next]?.settle(error);
  }
}

/** Bytes that a record takes in a batch, or a few more. */
export function sizeOf(record: OutgoingRecord): number {
  let bytes = (record.key?.length ?? 0) + (record.value?.length ?? 0) + bytesPerRecord;
  for (const [name, value] of record.headers) bytes += name.length + value.length + bytesPerHeader;
  return bytes;
}

/** The sequence number after those of so many records. */
export function sequenceAfter(first: number, records: number): number {
  return (first + records) % sequenceLimit;
}

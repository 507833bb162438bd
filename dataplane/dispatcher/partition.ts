import type { DeliveryOrder } from '../../contract/dispatcher-file.ts';
import type { PartitionFetch } from '../kafka/fetch-loop.ts';
import type { FetchedBatch, FetchedRecord } from '../kafka/fetched-records.ts';
import type { Clock } from './clock.ts';
import type { Waiting } from './delivery-order.ts';
import { waitingRecords } from './delivery-order.ts';
import type { FetchBudget } from './fetch-budget.ts';
import { OffsetPrefix } from './offset-prefix.ts';

export interface PartitionOptions {
  readonly partition: number;
  /** The offset to start at. */
  readonly start: number;
  readonly budget: FetchBudget;
  readonly order: DeliveryOrder;
  /** Most records that are handed on at once, those that wait for a retry included. */
  readonly width: number;
  readonly clock: Clock;
  /** Finishes with a record, however long that takes. Rejects when abandoned; any other rejection is a bug, and the record is tried again. */
  handle(record: FetchedRecord, partition: number, signal: AbortSignal): Promise<void>;
  /** It may want to fetch again. */
  hasRoom(): void;
  failed(error: unknown, record: FetchedRecord): void;
}

const pauseAfterBugMs = 1000;
/** Most offsets between what may be committed and what is read: what a restart may have to read again. */
export const mostOffsetsAhead = 100_000;

/** One assigned partition: its position, what was fetched ahead, and what is finished. */
export class Partition {
  readonly #options: PartitionOptions;
  readonly #closed = new AbortController();
  readonly #finished: OffsetPrefix;
  readonly #waiting: Waiting;
  #position: number;
  #committed: number;
  #held = 0;
  #handedOn = 0;
  #isFull = false;

  constructor(options: PartitionOptions) {
    this.#options = options;
    this.#position = options.start;
    this.#committed = options.start;
    this.#finished = new OffsetPrefix(options.start);
    this.#waiting = waitingRecords(options.order);
    options.budget.openPartition();
  }

  /** What to fetch now, if it has room. */
  get fetch(): PartitionFetch | undefined {
    const maxBytes = this.#room();
    this.#isFull = maxBytes === 0;
    return this.#isFull ? undefined : { partition: this.#options.partition, offset: this.#position, maxBytes };
  }

  /** The offset to commit, where it differs from the last that was. */
  get uncommitted(): number | undefined {
    const offset = this.#finished.committable;
    return offset === this.#committed ? undefined : offset;
  }

  committed(offset: number): void {
    this.#committed = offset;
  }

  /** Takes a batch, unless it was asked for before the position changed. */
  add({ from, records, next }: FetchedBatch): void {
    if (this.#isClosed() || from !== this.#position) return;
    this.#position = next;
    for (const record of records) {
      this.#finished.start(record.offset);
      this.#hold(record.size);
      this.#waiting.add(record);
    }
    this.#finished.readUpTo(next);
    this.#handOn();
  }

  /** Goes on at another offset; what was fetched already stays. */
  resumeAt(offset: number): void {
    this.#position = offset;
    this.#finished.resumeAt(offset);
  }

  /** Starts nothing more and abandons what is under way. */
  close(): void {
    if (this.#isClosed()) return;
    this.#closed.abort(new Error('the partition was given up'));
    this.#options.budget.closePartition();
    this.#hold(-this.#held);
    this.#waiting.clear();
  }

  #handOn(): void {
    while (this.#handedOn < this.#options.width) {
      const record = this.#waiting.next();
      if (!record) return;
      this.#handedOn += 1;
      void this.#work(record);
    }
  }

  async #work(record: FetchedRecord): Promise<void> {
    await this.#handle(record);
    if (this.#isClosed()) return;
    this.#handedOn -= 1;
    this.#finished.finish(record.offset);
    this.#waiting.finish(record);
    this.#hold(-record.size);
    if (this.#isFull && this.#room() > 0) {
      this.#isFull = false;
      this.#options.hasRoom();
    }
    this.#handOn();
  }

  async #handle(record: FetchedRecord): Promise<void> {
    const { signal } = this.#closed;
    while (!this.#isClosed()) {
      try {
        await this.#options.handle(record, this.#options.partition, signal);
        return;
      } catch (error) {
        if (this.#isClosed()) return;
        this.#options.failed(error, record);
        await this.#options.clock.wait(pauseAfterBugMs, signal).catch(() => undefined);
      }
    }
  }

  /** Bytes that may be fetched now. */
  #room(): number {
    if (this.#position - this.#finished.committable >= mostOffsetsAhead) return 0;
    return this.#options.budget.allowance(this.#held);
  }

  #isClosed(): boolean {
    return this.#closed.signal.aborted;
  }

  #hold(bytes: number): void {
    this.#held += bytes;
    if (bytes > 0) this.#options.budget.take(bytes);
    else this.#options.budget.giveBack(-bytes);
  }
}

import { setTimeout as delay } from 'node:timers/promises';

import type { PartitionFetch } from '../kafka/fetch-loop.ts';
import type { FetchedBatch, FetchedRecord } from '../kafka/fetched-records.ts';
import type { FetchBudget } from './fetch-budget.ts';
import { OffsetPrefix } from './offset-prefix.ts';

export interface PartitionOptions {
  readonly partition: number;
  /** The offset to start at. */
  readonly start: number;
  readonly budget: FetchBudget;
  /** Finishes with a record, however long that takes. Rejects when abandoned; any other rejection is a bug, and the record is tried again. */
  handle(record: FetchedRecord, partition: number, signal: AbortSignal): Promise<void>;
  /** It may want to fetch again. */
  hasRoom(): void;
  failed(error: unknown, record: FetchedRecord): void;
}

const pauseAfterBugMs = 1000;

/** One assigned partition: its position, what was fetched ahead, and what is finished. In order, one record at a time, whatever `deliveryOrder` says. */
export class Partition {
  readonly #options: PartitionOptions;
  readonly #closed = new AbortController();
  readonly #finished: OffsetPrefix;
  #position: number;
  #committed: number;
  readonly #records: FetchedRecord[] = [];
  #held = 0;
  #working = false;

  constructor(options: PartitionOptions) {
    this.#options = options;
    this.#position = options.start;
    this.#committed = options.start;
    this.#finished = new OffsetPrefix(options.start);
    options.budget.openPartition();
  }

  /** What to fetch now, if it has room. */
  get fetch(): PartitionFetch | undefined {
    const maxBytes = this.#options.budget.allowance(this.#held);
    return maxBytes === 0 ? undefined : { partition: this.#options.partition, offset: this.#position, maxBytes };
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
    if (this.#closed.signal.aborted || from !== this.#position) return;
    this.#position = next;
    for (const record of records) {
      this.#finished.start(record.offset);
      this.#hold(record.size);
    }
    this.#finished.readUpTo(next);
    this.#records.push(...records);
    if (!this.#working) void this.#work();
  }

  /** Goes on at another offset; what was fetched already stays. */
  resumeAt(offset: number): void {
    this.#position = offset;
    this.#finished.resumeAt(offset);
  }

  /** Starts nothing more and abandons what is under way. */
  close(): void {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort(new Error('the partition was given up'));
    this.#options.budget.closePartition();
    this.#hold(-this.#held);
    this.#records.length = 0;
  }

  async #work(): Promise<void> {
    this.#working = true;
    for (let record = this.#records.shift(); record; record = this.#records.shift()) {
      await this.#handle(record);
      if (this.#isClosed()) break;
      this.#finished.finish(record.offset);
      const hadRoom = this.#hasRoom();
      this.#hold(-record.size);
      if (!hadRoom && this.#hasRoom()) this.#options.hasRoom();
    }
    this.#working = false;
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
        await delay(pauseAfterBugMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #hasRoom(): boolean {
    return this.#options.budget.allowance(this.#held) > 0;
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

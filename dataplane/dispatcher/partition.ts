import type { DeliveryOrder } from '../../contract/dispatcher-file.ts';
import type { LogRange, PartitionFetch } from '../kafka/fetch-loop.ts';
import type { FetchedBatch, FetchedRecord } from '../kafka/fetched-records.ts';
import type { OffsetCommit } from '../kafka/offset-commits.ts';
import type { Clock } from './clock.ts';
import type { Waiting } from './delivery-order.ts';
import { waitingRecords } from './delivery-order.ts';
import type { FetchBudget } from './fetch-budget.ts';
import type { Entrance, Pass } from './gate.ts';
import type { ProgressOptions } from './partition-progress.ts';
import { PartitionProgress } from './partition-progress.ts';
import type { TriedRecords } from './tries.ts';

export interface PartitionOptions extends ProgressOptions {
  readonly partition: number;
  readonly budget: FetchBudget;
  readonly order: DeliveryOrder;
  /** Most records that are handed on at once, those that wait for a retry included. */
  readonly width: number;
  readonly clock: Clock;
  /** Where a record needs a place. */
  readonly entrance: Entrance;
  /** Finishes with a record that has a place, however long that takes. Rejects when abandoned; any other rejection is a bug, and the record is tried again. */
  handle(record: FetchedRecord, way: PartitionWay, pass: Pass): Promise<void>;
  /** It may want to fetch again. */
  hasRoom(): void;
  /** From this offset on the log is not the one that an earlier owner has read. */
  rewritten(from: number): void;
  failed(error: unknown, record: FetchedRecord): void;
}

/** Where records come from, what they have behind them, and for how long they are ours. */
export interface PartitionWay extends TriedRecords {
  readonly partition: number;
  /** Aborted when its records are no longer ours: what is under way is abandoned. */
  readonly signal: AbortSignal;
}

/** How far a partition has come. */
export interface PartitionStanding {
  /** Offsets between what is committed, or deleted by Kafka, and the end of the log. */
  readonly lag: number;
  /** When the oldest unfinished record was written, in milliseconds since 1970; of those that are not read yet it is known that they were not there when all had been read. */
  readonly oldestMs: number | undefined;
  /** When Kafka last answered a request for it, by the clock; undefined: never yet. */
  readonly readMs: number | undefined;
  /** It has no room for more: it is not being read. */
  readonly isPaused: boolean;
  /** Something of it is under way, or waits for a retry or for a place. */
  readonly isBusy: boolean;
  /** The offset that is read next. */
  readonly position: number;
  /** There is something to read. */
  readonly isBehind: boolean;
}

const pauseAfterBugMs = 1000;
/** Made once: an error costs more than what it ends. */
const isBeingGivenUp = new Error('the partition is being given up');
const isGivenUp = new Error('the partition was given up');

/** One assigned partition: what was fetched ahead of it, and how that is handed on. */
export class Partition {
  readonly #options: PartitionOptions;
  readonly #drained = new AbortController();
  readonly #abandoned = new AbortController();
  readonly #progress: PartitionProgress;
  readonly #waiting: Waiting;
  readonly #way: PartitionWay;
  #held = 0;
  #handedOn = 0;
  #isFull = false;
  #isClosed = false;
  #log: LogRange | undefined;
  #readMs: number | undefined;
  /** When it was read to its end last, or opened; in milliseconds since 1970. */
  #atEndMs: number;
  #idle: (() => void)[] = [];
  /** It waits for a place, on behalf of the record that is next when it comes. */
  #isInTurn = false;

  constructor(options: PartitionOptions) {
    this.#options = options;
    this.#progress = new PartitionProgress(options);
    this.#atEndMs = options.clock.timeOfDay();
    this.#waiting = waitingRecords(options.order);
    this.#way = {
      partition: options.partition,
      starting: this.#drained.signal,
      signal: this.#abandoned.signal,
      tried: (offset) => this.#progress.tried(offset),
      changed: (offset, tried) => this.#progress.setTried(offset, tried),
    };
    options.budget.openPartition();
  }

  /** What to fetch now, if it has room. */
  get fetch(): PartitionFetch | undefined {
    const maxBytes = this.#room();
    this.#isFull = maxBytes === 0;
    const { position: offset, epoch } = this.#progress;
    return this.#isFull || this.#isDrained() ? undefined : { partition: this.#options.partition, offset, maxBytes, epoch };
  }

  /** What to commit, where it differs from the last that was; its metadata has at most `limit` characters. */
  uncommitted(limit: number): OffsetCommit | undefined {
    const commit = this.#progress.uncommitted(limit);
    this.#haveRoom();
    return commit;
  }

  committed(commit: OffsetCommit): void {
    this.#progress.committed(commit);
  }

  /** The log reaches from here to there now. */
  logIs(log: LogRange): void {
    this.#log = log;
    if (log.end <= this.#progress.position) this.#atEndMs = this.#options.clock.timeOfDay();
  }

  get standing(): PartitionStanding {
    const { end, logStart } = this.#log ?? { end: 0, logStart: 0 };
    const { position, committedOffset, oldestMs } = this.#progress;
    return {
      lag: Math.max(0, end - Math.max(committedOffset, logStart)),
      oldestMs: oldestMs ?? (end > position ? this.#atEndMs : undefined),
      readMs: this.#readMs,
      isPaused: this.#isFull,
      isBusy: this.#handedOn > 0 || this.#isInTurn,
      position,
      isBehind: end > position,
    };
  }

  /** Takes a batch, unless it was asked for before the position changed. */
  add(batch: FetchedBatch): void {
    const { from, records, next, epochs, end, logStart } = batch;
    this.#readMs = this.#options.clock.now();
    if (this.#isDrained() || from !== this.#progress.position) {
      this.logIs({ end, logStart });
      return;
    }
    const rewritten = this.#progress.rewrittenFrom(batch);
    if (rewritten !== undefined) {
      this.#options.rewritten(rewritten);
      return;
    }
    for (const record of records) if (this.#progress.begins(record)) this.#take(record);
    this.#progress.readUpTo(next, epochs);
    this.logIs({ end, logStart });
    this.#handOn();
  }

  /** The broker knows nothing of those who have written what was read. */
  forgetEpochs(): void {
    this.#progress.forgetEpochs();
  }

  /** What has come to nothing yet begins here. */
  get unfinished(): number {
    return this.#progress.unfinished;
  }

  /** Goes on at an offset further ahead; what was fetched already stays. Says how many offsets are passed over that were not finished. */
  resumeAt(offset: number): number {
    return this.#progress.skipTo(offset);
  }

  /** Starts nothing more; settles when nothing is under way. */
  async drain(): Promise<void> {
    this.#drained.abort(isBeingGivenUp);
    if (this.#handedOn > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Starts nothing more and abandons what is under way; settles when nothing is, and `uncommitted` tells of what was cut off. */
  async cut(): Promise<void> {
    this.#abandoned.abort(isGivenUp);
    await this.drain();
  }

  /** The last of it: as `cut`, and holds nothing from here on. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    void this.cut();
    this.#options.budget.closePartition();
    this.#hold(-this.#held);
    this.#waiting.clear();
  }

  #take(record: FetchedRecord): void {
    this.#hold(record.size);
    this.#waiting.add(record);
  }

  #handOn(): void {
    const { entrance, width } = this.#options;
    while (!this.#isDrained() && !this.#isInTurn && this.#handedOn < width && this.#waiting.hasNext) {
      const pass = entrance.enterNow(this.#drained.signal);
      if (pass) this.#start(pass);
      else this.#waitInTurn();
    }
  }

  /** One turn for all records: whoever has many waiting has no more places than others. */
  #waitInTurn(): void {
    this.#isInTurn = true;
    this.#options.entrance.enterInTurn(this.#drained.signal, (pass) => {
      this.#isInTurn = false;
      if (!pass) return;
      this.#start(pass);
      this.#handOn();
    });
  }

  #start(pass: Pass): void {
    const record = this.#waiting.next();
    if (!record) {
      pass.leave();
      return;
    }
    this.#handedOn += 1;
    this.#handle(record, pass);
  }

  #handle(record: FetchedRecord, pass: Pass): void {
    this.#options.handle(record, this.#way, pass).then(
      () => this.#handled(record, true),
      (error: unknown) => void this.#failed(record, error),
    );
  }

  /** It was abandoned, or there is a bug. */
  async #failed(record: FetchedRecord, error: unknown): Promise<void> {
    if (!this.#isDrained()) {
      this.#options.failed(error, record);
      await this.#options.clock.wait(pauseAfterBugMs, this.#drained.signal).catch(() => undefined);
    }
    this.#options.entrance.enterInTurn(this.#drained.signal, (pass) => {
      if (pass) this.#handle(record, pass);
      else this.#handled(record, false);
    });
  }

  #handled(record: FetchedRecord, isFinished: boolean): void {
    this.#handedOn -= 1;
    if (isFinished && !this.#isClosed) {
      this.#progress.finish(record.offset);
      this.#waiting.finish(record);
      this.#hold(-record.size);
      this.#handOn();
    }
    if (this.#handedOn === 0) for (const settle of this.#idle.splice(0)) settle();
    this.#haveRoom();
  }

  /** Says when it has room again. */
  #haveRoom(): void {
    if (!this.#isFull || this.#room() === 0) return;
    this.#isFull = false;
    this.#options.hasRoom();
  }

  /** Bytes that may be fetched now. */
  #room(): number {
    return this.#progress.isFarAhead ? 0 : this.#options.budget.allowance(this.#held);
  }

  #isDrained(): boolean {
    return this.#drained.signal.aborted;
  }

  #hold(bytes: number): void {
    this.#held += bytes;
    if (bytes > 0) this.#options.budget.take(bytes);
    else this.#options.budget.giveBack(-bytes);
  }
}

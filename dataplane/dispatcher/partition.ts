import type { DeliveryOrder } from '../../contract/dispatcher-file.ts';
import type { LogRange, PartitionFetch } from '../kafka/fetch-loop.ts';
import type { FetchedBatch, FetchedRecord } from '../kafka/fetched-records.ts';
import type { OffsetCommit } from '../kafka/offset-commits.ts';
import type { Clock } from './clock.ts';
import type { EncodedProgress, Progress } from './commit-metadata.ts';
import { encodeProgress } from './commit-metadata.ts';
import type { Waiting } from './delivery-order.ts';
import { waitingRecords } from './delivery-order.ts';
import type { FetchBudget } from './fetch-budget.ts';
import type { Entrance, Pass } from './gate.ts';
import { LeaderEpochs } from './leader-epochs.ts';
import { OffsetPrefix } from './offset-prefix.ts';
import type { Tried, TriedRecords } from './tries.ts';
import { untried } from './tries.ts';

export interface PartitionOptions {
  readonly partition: number;
  /** The offset to start at. */
  readonly start: number;
  /** The group has committed it; otherwise that is to be done. */
  readonly isCommitted: boolean;
  /** Of the leader that has written what lies just before it, where that is known. */
  readonly epoch?: number | undefined;
  /** What is known of the offsets from there on. */
  readonly before?: Progress | undefined;
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
  /** What commits say of the topic that they are of. */
  topic(): string | undefined;
  /** Not all of its progress fits into the metadata of a commit. */
  shortened(encoded: EncodedProgress): void;
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
/** Share of the metadata from which on nothing more is read, so that its progress goes on to fit in, and the least metadata for which that is worth it. */
const crowdedFrom = { share: 0.75, limit: 1024 } as const;
/** Most offsets between what may be committed and what is read: what a restart may have to read again. */
export const mostOffsetsAhead = 100_000;

/** One assigned partition: its position, what was fetched ahead, and what is finished. */
export class Partition {
  readonly #options: PartitionOptions;
  readonly #drained = new AbortController();
  readonly #abandoned = new AbortController();
  readonly #finished: OffsetPrefix;
  readonly #waiting: Waiting;
  /** Of unfinished offsets only. */
  readonly #tried: Map<number, Tried>;
  readonly #way: PartitionWay;
  /** Offsets that were finished before this process had the partition are below it. */
  readonly #knownEnd: number;
  /** Below `#knownEnd`, not finished, and not read yet. */
  readonly #expected: Set<number>;
  #position: number;
  readonly #epochs = new LeaderEpochs();
  #committed: OffsetCommit;
  /** Something has changed since `uncommitted` found nothing. */
  #isChanged = false;
  #held = 0;
  #handedOn = 0;
  #isFull = false;
  /** Its progress nearly fills the metadata of a commit. */
  #isCrowded = false;
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
    this.#position = options.start;
    this.#atEndMs = options.clock.timeOfDay();
    this.#committed = { offset: options.isCommitted ? options.start : -1, metadata: '' };
    this.#isChanged = !options.isCommitted;
    this.#finished = new OffsetPrefix(options.start);
    this.#tried = new Map(options.before?.tried);
    this.#knownEnd = options.before?.end ?? options.start;
    this.#expected = new Set(options.before?.open);
    for (const offset of this.#expected) this.#finished.start(offset);
    if (this.#knownEnd > options.start) this.#finished.finishedUpTo(this.#knownEnd);
    if (options.epoch !== undefined) this.#epochs.add({ from: options.start - 1, epoch: options.epoch });
    this.#waiting = waitingRecords(options.order);
    this.#way = {
      partition: options.partition,
      starting: this.#drained.signal,
      signal: this.#abandoned.signal,
      tried: (offset) => this.#tried.get(offset) ?? untried,
      changed: (offset, tried) => {
        this.#isChanged = true;
        this.#tried.set(offset, tried);
      },
    };
    options.budget.openPartition();
  }

  /** What to fetch now, if it has room. */
  get fetch(): PartitionFetch | undefined {
    const maxBytes = this.#room();
    this.#isFull = maxBytes === 0;
    return this.#isFull || this.#isDrained() ? undefined : { partition: this.#options.partition, offset: this.#position, maxBytes, epoch: this.#epochs.before(this.#position) };
  }

  /** What to commit, where it differs from the last that was; its metadata has at most `limit` characters. */
  uncommitted(limit: number): OffsetCommit | undefined {
    if (!this.#isChanged) return undefined;
    const offset = this.#finished.committable;
    const encoded = encodeProgress(this.#progress(offset), limit, this.#options.topic());
    const { metadata, wanted } = encoded;
    if (wanted > limit) this.#options.shortened(encoded);
    this.#isCrowded = limit >= crowdedFrom.limit && wanted > crowdedFrom.share * limit;
    this.#haveRoom();
    this.#epochs.forgetBelow(offset);
    this.#isChanged = offset !== this.#committed.offset || metadata !== this.#committed.metadata;
    return this.#isChanged ? { offset, metadata, epoch: this.#epochs.before(offset) } : undefined;
  }

  committed(commit: OffsetCommit): void {
    this.#committed = commit;
  }

  /** The log reaches from here to there now. */
  logIs(log: LogRange): void {
    this.#log = log;
    if (log.end <= this.#position) this.#atEndMs = this.#options.clock.timeOfDay();
  }

  get standing(): PartitionStanding {
    const { end, logStart } = this.#log ?? { end: 0, logStart: 0 };
    return {
      lag: Math.max(0, end - Math.max(this.#committed.offset, logStart)),
      oldestMs: this.#finished.oldestMs ?? (end > this.#position ? this.#atEndMs : undefined),
      readMs: this.#readMs,
      isPaused: this.#isFull,
      isBusy: this.#handedOn > 0 || this.#isInTurn,
      position: this.#position,
      isBehind: end > this.#position,
    };
  }

  /** Takes a batch, unless it was asked for before the position changed. */
  add(batch: FetchedBatch): void {
    const { from, records, next, epochs, end, logStart } = batch;
    this.#readMs = this.#options.clock.now();
    if (this.#isDrained() || from !== this.#position) {
      this.logIs({ end, logStart });
      return;
    }
    const rewritten = this.#rewrittenFrom(batch);
    if (rewritten !== undefined) {
      this.#options.rewritten(rewritten);
      return;
    }
    this.#position = next;
    for (const start of epochs) this.#epochs.add(start);
    this.logIs({ end, logStart });
    this.#isChanged = true;
    for (const record of records) if (this.#isToDo(record.offset)) this.#take(record);
    this.#finished.readUpTo(next);
    this.#missThoseBelow(next);
    this.#handOn();
  }

  /** The broker knows nothing of it. */
  forgetEpoch(): void {
    this.#epochs.clear();
  }

  /** What has come to nothing yet begins here. */
  get unfinished(): number {
    return this.#finished.committable;
  }

  /** Goes on at an offset further ahead; what was fetched already stays. Says how many offsets are passed over that were not finished. */
  resumeAt(offset: number): number {
    const passedOver = Math.max(0, offset - Math.max(this.#position, this.#knownEnd)) + [...this.#expected].filter((expected) => expected < offset).length;
    this.#position = offset;
    this.#epochs.clear();
    this.#isChanged = true;
    this.#finished.readUpTo(offset);
    this.#missThoseBelow(offset);
    return passedOver;
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

  /** Where what an earlier owner has read, and finished in part, was written again by a later leader: its log has lost what was there. */
  #rewrittenFrom({ records, epochs }: FetchedBatch): number | undefined {
    const known = this.#options.before?.epoch;
    if (known === undefined || this.#position >= this.#knownEnd) return undefined;
    const later = epochs.find(({ epoch }) => epoch > known)?.from ?? Infinity;
    const first = records.find(({ offset }) => offset >= later);
    return first && first.offset < this.#knownEnd ? later : undefined;
  }

  /** Says whether a record is to be handled: it may have been finished before this process had the partition. */
  #isToDo(offset: number): boolean {
    return offset >= this.#knownEnd || this.#expected.delete(offset);
  }

  #take(record: FetchedRecord): void {
    this.#finished.start(record.offset, record.timestamp > 0 ? record.timestamp : undefined);
    this.#hold(record.size);
    this.#waiting.add(record);
  }

  /** What was to be read below `offset`, and was not there, is no longer in the log. */
  #missThoseBelow(offset: number): void {
    for (const missed of this.#expected) {
      if (missed >= offset) break;
      this.#expected.delete(missed);
      this.#finish(missed);
    }
    for (const tried of this.#tried.keys()) if (tried < offset && !this.#finished.isOpen(tried)) this.#tried.delete(tried);
  }

  #finish(offset: number): void {
    this.#isChanged = true;
    this.#finished.finish(offset);
    this.#tried.delete(offset);
  }

  #progress(base: number): Progress {
    const { finishedEnd, open } = this.#finished;
    if (finishedEnd <= base) return { base, end: base, open: [], tried: this.#tried };
    const epoch = finishedEnd > this.#position ? this.#options.before?.epoch : this.#epochs.before(finishedEnd);
    return { base, end: finishedEnd, epoch, open, tried: this.#tried };
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
      this.#finish(record.offset);
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
    if (this.#isCrowded || this.#position - this.#finished.committable >= mostOffsetsAhead) return 0;
    return this.#options.budget.allowance(this.#held);
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

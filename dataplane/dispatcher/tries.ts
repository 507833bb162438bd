import type { AttemptEnd, Destination } from './delivery-log.ts';
import type { Outcome } from './http/http-client.ts';

/** What was tried for a record, by whoever had its partition: it survives in the metadata of the offset commit. */
export interface Tried {
  /** Attempts at the subscriber and at the reply address that did not succeed. */
  readonly subscriber: number;
  readonly reply: number;
  /** All of those were cut off when the partition went elsewhere: none has failed of itself. */
  readonly subscriberOnlyCut?: boolean;
  readonly replyOnlyCut?: boolean;
  /** Where it failed for good: it is on its way to the dead letter sink. */
  readonly givenUpAt?: 'subscriber' | 'reply';
  /** HTTP status of the last failed attempt; 0 where there was no answer. */
  readonly status: number;
  /** When the next attempt is due, in milliseconds since 1970; 0: at once. */
  readonly dueAt: number;
}

export const untried: Tried = { subscriber: 0, reply: 0, status: 0, dueAt: 0 };

/** Attempts that an event has where each of them is cut off, whatever the delivery spec says: any of them might have succeeded. */
const leastAttemptsIfCut = 4;

/** Where what was tried is kept, by offset. */
export interface TriedRecords {
  /** Aborted when no attempt may be started any more. */
  readonly starting: AbortSignal;
  tried(offset: number): Tried;
  /** To be told of every change. */
  changed(offset: number, tried: Tried): void;
}

export interface TriesOptions {
  /** Milliseconds since 1970. */
  now(): number;
  /** Another attempt is due in `inMs`; settles when it may start, rejects when none may start any more. */
  waitFor(inMs: number, starting: AbortSignal): Promise<unknown>;
}

/** The attempts at one record, those of earlier owners of its partition included. */
export class Tries {
  readonly #offset: number;
  readonly #records: TriedRecords;
  readonly #options: TriesOptions;
  #tried: Tried;

  constructor(offset: number, records: TriedRecords, options: TriesOptions) {
    this.#offset = offset;
    this.#records = records;
    this.#options = options;
    this.#tried = records.tried(offset);
  }

  /** When the next attempt is due, in milliseconds since 1970; 0: at once. */
  get dueAt(): number {
    return this.#tried.dueAt;
  }

  get givenUpAt(): Tried['givenUpAt'] {
    return this.#tried.givenUpAt;
  }

  /** Attempts so far that did not succeed; a dead letter sink is tried without end, and nothing is counted. */
  made(destination: Destination): number {
    return destination === 'deadLetterSink' ? 0 : this.#tried[destination];
  }

  /** Whether there is no attempt left after those that others have made. */
  isSpent(destination: Destination, retry: number): boolean {
    const made = this.made(destination);
    return made > 0 && made > (this.#isOnlyCut(destination) ? Math.max(retry, leastAttemptsIfCut - 1) : retry);
  }

  /** How the last attempt ended, as far as it is remembered. */
  lastOutcome(destination: Destination): Outcome {
    const { status } = this.#tried;
    if (this.#isOnlyCut(destination)) return { kind: 'unanswered', error: 'each attempt was cut off, for the partition went elsewhere', failure: 'connection' };
    if (status === 0) return { kind: 'unanswered', error: 'no answer', failure: 'connection' };
    return { kind: 'answered', status, rawHeaders: [], body: Buffer.alloc(0), truncated: false };
  }

  /** Counts a failed attempt, then waits until the next may start. */
  async failed({ destination, attempt, status }: AttemptEnd, inMs: number): Promise<void> {
    const counted = destination === 'deadLetterSink' ? {} : { [destination]: attempt, [`${destination}OnlyCut`]: false, status: status ?? 0 };
    this.#change({ ...this.#tried, ...counted, dueAt: this.#options.now() + inMs });
    await this.#options.waitFor(inMs, this.#records.starting);
  }

  /** Counts an attempt that was cut off. */
  cut({ destination, attempt }: AttemptEnd): void {
    if (destination === 'deadLetterSink') return;
    const isOnlyCut = this.made(destination) === 0 || this.#isOnlyCut(destination);
    this.#change({ ...this.#tried, [destination]: attempt, [`${destination}OnlyCut`]: isOnlyCut, status: 0, dueAt: 0 });
  }

  /** Nothing more is tried but the dead letter sink. */
  giveUp({ destination, attempt, status }: AttemptEnd): void {
    if (destination === 'deadLetterSink') return;
    this.#change({ ...this.#tried, [destination]: attempt, givenUpAt: destination, status: status ?? 0, dueAt: 0 });
  }

  #isOnlyCut(destination: Destination): boolean {
    return destination !== 'deadLetterSink' && this.#tried[`${destination}OnlyCut`] === true;
  }

  #change(tried: Tried): void {
    this.#tried = tried;
    this.#records.changed(this.#offset, tried);
  }
}

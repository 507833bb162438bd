import type { OffsetCommit } from '../kafka/offset-commits.ts';
import type { Clock } from './clock.ts';
import { atMost } from './clock.ts';

export interface CommitsOptions {
  readonly clock: Clock;
  /** What differs from what is committed, by partition. */
  uncommitted(): ReadonlyMap<number, OffsetCommit>;
  commit(commits: ReadonlyMap<number, OffsetCommit>): Promise<void>;
  committed(commits: ReadonlyMap<number, OffsetCommit>): void;
  /** Nothing could be committed for `forMs` now. */
  failed(error: unknown, commits: ReadonlyMap<number, OffsetCommit>, forMs: number): void;
}

const intervalMs = 1000;
/** How long changes are gathered that somebody waits for: many events may fail at the same time. */
const gatherMs = 25;
/** Longest that a retry waits for a commit: the coordinator may be away, and events go on being delivered. */
const patienceMs = 2000;

/** Commits what has changed: every second, and sooner where somebody waits for it; one commit at a time. What could not be committed is committed by the next. */
export class Commits {
  readonly #options: CommitsOptions;
  readonly #stop: () => void;
  #last: Promise<boolean> = Promise.resolve(true);
  #underWay = 0;
  /** When the first of the commits failed that have failed since one went well. */
  #failingSince: number | undefined;
  #gathering: Promise<boolean> | undefined;
  #isClosed = false;

  constructor(options: CommitsOptions) {
    this.#options = options;
    this.#stop = options.clock.every(intervalMs, () => {
      if (this.#underWay === 0) void this.now();
    });
  }

  /** Settles when what has changed by now is committed, or cannot be for longer than it is worth waiting. */
  async soon(): Promise<void> {
    await this.#insist(() => this.#gathered(), patienceMs);
  }

  /** The same at once, as the last word on partitions that are given up: what is not committed by then is delivered again. */
  async finally(limitMs: number): Promise<void> {
    await this.#insist(() => this.now(), limitMs);
  }

  /** Says whether everything that had changed is committed. */
  now(): Promise<boolean> {
    this.#underWay += 1;
    this.#last = this.#last.then(async () => {
      const isDone = await this.#commit();
      this.#underWay -= 1;
      return isDone;
    });
    return this.#last;
  }

  /** From here on only `now` and `finally` commit. */
  close(): void {
    this.#isClosed = true;
    this.#stop();
  }

  async #insist(commit: () => Promise<boolean>, forMs: number): Promise<void> {
    const { clock } = this.#options;
    const until = clock.now() + forMs;
    const insisting = async (): Promise<void> => {
      while (!(await commit()) && clock.now() < until) await clock.wait(gatherMs, neverAborted);
    };
    await atMost(clock, forMs, insisting());
  }

  #gathered(): Promise<boolean> {
    this.#gathering ??= this.#gather();
    return this.#gathering;
  }

  async #gather(): Promise<boolean> {
    await this.#options.clock.wait(gatherMs, neverAborted);
    this.#gathering = undefined;
    return this.#isClosed || (await this.now());
  }

  async #commit(): Promise<boolean> {
    const commits = this.#options.uncommitted();
    if (commits.size === 0) return true;
    try {
      await this.#options.commit(commits);
      this.#failingSince = undefined;
      this.#options.committed(commits);
      return true;
    } catch (error) {
      const now = this.#options.clock.now();
      this.#failingSince ??= now;
      this.#options.failed(error, commits, now - this.#failingSince);
      return false;
    }
  }
}

const neverAborted = new AbortController().signal;

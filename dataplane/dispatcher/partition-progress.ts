import type { EpochStart, FetchedBatch, FetchedRecord } from '../kafka/fetched-records.ts';
import type { OffsetCommit } from '../kafka/offset-commits.ts';
import type { EncodedProgress, Progress } from './commit-metadata.ts';
import { encodeProgress } from './commit-metadata.ts';
import { LeaderEpochs } from './leader-epochs.ts';
import { OffsetPrefix } from './offset-prefix.ts';
import type { Tried } from './tries.ts';
import { untried } from './tries.ts';

export interface PartitionStart {
  /** The offset to start at. */
  readonly start: number;
  /** The group has committed it; otherwise that is to be done. */
  readonly isCommitted: boolean;
  /** Of the leader that has written what lies just before it, where that is known. */
  readonly epoch?: number | undefined;
  /** What is known of the offsets from there on. */
  readonly before?: Progress | undefined;
}

export interface ProgressOptions extends PartitionStart {
  /** What commits say of the topic that they are of. */
  topic(): string | undefined;
  /** Not all of the progress fits into the metadata of a commit. */
  shortened(encoded: EncodedProgress): void;
}

/** Share of the metadata from which on nothing more is read, so that the progress goes on to fit in, and the least metadata for which that is worth it. */
const crowdedFrom = { share: 0.75, limit: 1024 } as const;
/** Most offsets between what may be committed and what is read: what a restart may have to read again. */
export const mostOffsetsAhead = 100_000;

/** How far a partition has come: what was read, tried and finished of it, by earlier owners too, and what of that is to be committed. */
export class PartitionProgress {
  readonly #options: ProgressOptions;
  readonly #finished: OffsetPrefix;
  readonly #epochs = new LeaderEpochs();
  /** Of unfinished offsets only. */
  readonly #tried: Map<number, Tried>;
  /** Offsets that were finished before this process had the partition are below it. */
  readonly #knownEnd: number;
  /** Below `#knownEnd`, not finished, and not read yet. */
  readonly #expected: Set<number>;
  #position: number;
  #committed: OffsetCommit;
  /** Something has changed since there was nothing to commit. */
  #isChanged: boolean;
  /** It nearly fills the metadata of a commit. */
  #isCrowded = false;

  constructor(options: ProgressOptions) {
    const { start, isCommitted, epoch, before } = options;
    this.#options = options;
    this.#position = start;
    this.#committed = { offset: isCommitted ? start : -1, metadata: '' };
    this.#isChanged = !isCommitted;
    this.#finished = new OffsetPrefix(start);
    this.#tried = new Map(before?.tried);
    this.#knownEnd = before?.end ?? start;
    this.#expected = new Set(before?.open);
    for (const offset of this.#expected) this.#finished.start(offset);
    if (this.#knownEnd > start) this.#finished.finishedUpTo(this.#knownEnd);
    if (epoch !== undefined) this.#epochs.add({ from: start - 1, epoch });
  }

  /** The offset that is read next. */
  get position(): number {
    return this.#position;
  }

  /** Of the leader that has written what lies just before the position, where that is known. */
  get epoch(): number | undefined {
    return this.#epochs.before(this.#position);
  }

  /** What has come to nothing yet begins here. */
  get unfinished(): number {
    return this.#finished.committable;
  }

  /** −1 where the group has committed nothing. */
  get committedOffset(): number {
    return this.#committed.offset;
  }

  /** When the oldest unfinished record that was read was written, in milliseconds since 1970, where that is known. */
  get oldestMs(): number | undefined {
    return this.#finished.oldestMs;
  }

  /** Nothing more is to be read for now: what is unfinished has to come forward first. */
  get isFarAhead(): boolean {
    return this.#isCrowded || this.#position - this.#finished.committable >= mostOffsetsAhead;
  }

  tried(offset: number): Tried {
    return this.#tried.get(offset) ?? untried;
  }

  setTried(offset: number, tried: Tried): void {
    this.#isChanged = true;
    this.#tried.set(offset, tried);
  }

  /** Where what an earlier owner has read, and finished in part, was written again by a later leader: its log has lost what was there. */
  rewrittenFrom({ records, epochs }: FetchedBatch): number | undefined {
    const known = this.#options.before?.epoch;
    if (known === undefined || this.#position >= this.#knownEnd) return undefined;
    const later = epochs.find(({ epoch }) => epoch > known)?.from ?? Infinity;
    const first = records.find(({ offset }) => offset >= later);
    return first && first.offset < this.#knownEnd ? later : undefined;
  }

  /** Says whether a record is to be handled: it may have been finished before this process had the partition. */
  begins({ offset, timestamp }: FetchedRecord): boolean {
    if (offset < this.#knownEnd && !this.#expected.delete(offset)) return false;
    this.#finished.start(offset, timestamp > 0 ? timestamp : undefined);
    return true;
  }

  /** Everything below `next` was read, and what is to be handled of it has begun. */
  readUpTo(next: number, epochs: readonly EpochStart[]): void {
    for (const start of epochs) this.#epochs.add(start);
    this.#moveTo(next);
  }

  /** Goes on at an offset further ahead. Says how many offsets are passed over that were not finished. */
  skipTo(offset: number): number {
    const passedOver = Math.max(0, offset - Math.max(this.#position, this.#knownEnd)) + [...this.#expected].filter((expected) => expected < offset).length;
    this.#epochs.clear();
    this.#moveTo(offset);
    return passedOver;
  }

  /** The broker knows nothing of those who have written what was read. */
  forgetEpochs(): void {
    this.#epochs.clear();
  }

  finish(offset: number): void {
    this.#isChanged = true;
    this.#finished.finish(offset);
    this.#tried.delete(offset);
  }

  /** What to commit, where it differs from the last that was; its metadata has at most `limit` characters. */
  uncommitted(limit: number): OffsetCommit | undefined {
    if (!this.#isChanged) return undefined;
    const offset = this.#finished.committable;
    const encoded = encodeProgress(this.#from(offset), limit, this.#options.topic());
    const { metadata, wanted } = encoded;
    if (wanted > limit) this.#options.shortened(encoded);
    this.#isCrowded = limit >= crowdedFrom.limit && wanted > crowdedFrom.share * limit;
    this.#epochs.forgetBelow(offset);
    this.#isChanged = offset !== this.#committed.offset || metadata !== this.#committed.metadata;
    return this.#isChanged ? { offset, metadata, epoch: this.#epochs.before(offset) } : undefined;
  }

  committed(commit: OffsetCommit): void {
    this.#committed = commit;
  }

  #moveTo(offset: number): void {
    this.#position = offset;
    this.#isChanged = true;
    this.#finished.readUpTo(offset);
    this.#missThoseBelow(offset);
  }

  /** What was to be read below `offset`, and was not there, is no longer in the log. */
  #missThoseBelow(offset: number): void {
    for (const missed of this.#expected) {
      if (missed >= offset) break;
      this.#expected.delete(missed);
      this.finish(missed);
    }
    for (const tried of this.#tried.keys()) if (tried < offset && !this.#finished.isOpen(tried)) this.#tried.delete(tried);
  }

  #from(base: number): Progress {
    const { finishedEnd, open } = this.#finished;
    if (finishedEnd <= base) return { base, end: base, open: [], tried: this.#tried };
    const epoch = finishedEnd > this.#position ? this.#options.before?.epoch : this.#epochs.before(finishedEnd);
    return { base, end: finishedEnd, epoch, open, tried: this.#tried };
  }
}

import type { DeliveryOrder } from '../../contract/dispatcher-file.ts';
import type { Logger } from '../../runtime/log.ts';
import type { LogRange, PartitionFetch } from '../kafka/fetch-loop.ts';
import type { FetchedBatch } from '../kafka/fetched-records.ts';
import type { OffsetCommit } from '../kafka/offset-commits.ts';
import { troubleLog } from '../kafka/trouble-log.ts';
import type { Clock } from './clock.ts';
import { decodeProgress, markedTopic, topicMark } from './commit-metadata.ts';
import type { FetchBudget } from './fetch-budget.ts';
import type { PartitionOptions, PartitionStanding } from './partition.ts';
import { Partition } from './partition.ts';
import type { PartitionStart } from './partition-progress.ts';
import type { Watched } from './watchdog.ts';

export interface AssignmentOptions {
  readonly budget: FetchBudget;
  readonly order: DeliveryOrder;
  /** Most attempts at once. */
  readonly maxInFlight: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Committed offsets of the group; a partition without one is left out. */
  committed(partitions: readonly number[]): Promise<Map<number, OffsetCommit>>;
  logRanges(partitions: readonly number[]): Promise<Map<number, LogRange>>;
  /** Id of the topic; undefined until it was seen. */
  topicId(): string | undefined;
  /** So many events are gone from the log that were not finished. */
  expired(count: number): void;
  readonly entrance: PartitionOptions['entrance'];
  handle: PartitionOptions['handle'];
  /** Something may be fetched that could not before. */
  changed(): void;
}

/** Records of one partition that may wait for a retry beside those under way: more of them, and the partition waits. */
const mostRetrying = 192;
/** Characters of metadata: less than brokers take by default for a partition (`offset.metadata.max.bytes`), and for a commit. */
const mostMetadata = { ofPartition: 3072, ofCommit: 500_000 } as const;
const pauseMs = { first: 100, most: 5000 } as const;
const isOutOfDate = new Error('the assignment has changed');
const unopened: Omit<Watched, 'isHindered'> = { position: -1, isBusy: false, isPaused: false, isBehind: true, readMs: undefined };

/** Where to begin: what is committed, and the first offset to read of partitions for which nothing counts that is. */
interface Starts {
  readonly committed: ReadonlyMap<number, OffsetCommit>;
  readonly fresh: ReadonlyMap<number, number>;
}

/** The partitions of a subscription that this process has now. */
export class Assignment {
  readonly #options: AssignmentOptions;
  readonly #open = new Map<number, Partition>();
  /** Aborted when the assignment changes: what was being looked up is out of date. */
  #opening = new AbortController();
  #assigned: readonly number[] | undefined;
  /** Characters of metadata that the brokers take for a partition, as far as is known. */
  #metadataLimit: number = mostMetadata.ofPartition;
  /** Partitions of a new topic, until that is committed: what is committed of them is of the old one. */
  readonly #anew = new Set<number>();
  /** Offsets could not be looked up the last time that they were needed. */
  #isHindered = false;

  constructor(options: AssignmentOptions) {
    this.#options = options;
  }

  /** What to fetch now. */
  get wanted(): PartitionFetch[] {
    return [...this.#open.values()].map(({ fetch }) => fetch).filter((fetch) => fetch !== undefined);
  }

  /** What to commit, by partition. */
  get uncommitted(): Map<number, OffsetCommit> {
    const limit = Math.min(this.#metadataLimit, Math.floor(mostMetadata.ofCommit / this.#open.size));
    const commits = new Map<number, OffsetCommit>();
    for (const [number, partition] of this.#open) {
      const commit = partition.uncommitted(limit);
      if (commit) commits.set(number, commit);
    }
    return commits;
  }

  /** The brokers have refused the metadata of these commits: from here on it has half as many characters at most. */
  metadataRefused(commits: ReadonlyMap<number, OffsetCommit>): void {
    const longest = Math.max(...[...commits.values()].map(({ metadata }) => metadata.length));
    if (this.#metadataLimit === mostMetadata.ofPartition) this.#options.log.warn({ characters: longest }, 'the brokers take less metadata with an offset than is usual: should a partition go elsewhere, finished events may come again, and retries be counted anew: set offset.metadata.max.bytes of the brokers to 4096');
    this.#metadataLimit = Math.floor(longest / 2);
  }

  /** Partitions that were assigned; those that are not in `standings` are not open yet. */
  get assigned(): readonly number[] | undefined {
    return this.#assigned;
  }

  /** Partitions that have no room for more. */
  get paused(): number[] {
    return [...this.#open].filter(([, { standing }]) => standing.isPaused).map(([number]) => number);
  }

  get standings(): Map<number, PartitionStanding> {
    return new Map([...this.#open].map(([number, { standing }]) => [number, standing]));
  }

  /** All that are assigned, as the watchdog sees them: one that is not open should be. */
  watched(isHindered: (partition: number) => boolean): Map<number, Watched> {
    const { standings } = this;
    return new Map((this.#assigned ?? []).map((partition) => {
      const standing = standings.get(partition);
      return [partition, standing ? { ...standing, isHindered: isHindered(partition) } : { ...unopened, isHindered: this.#isHindered }];
    }));
  }

  logsAre(logs: ReadonlyMap<number, LogRange>): void {
    for (const [partition, log] of logs) this.#open.get(partition)?.logIs(log);
  }

  committed(commits: ReadonlyMap<number, OffsetCommit>): void {
    for (const [partition, commit] of commits) {
      if (this.#isOfAnother(commit)) continue;
      this.#open.get(partition)?.committed(commit);
      if (this.#open.has(partition)) this.#anew.delete(partition);
    }
  }

  take(batch: FetchedBatch): void {
    this.#open.get(batch.partition)?.add(batch);
  }

  /** Goes over to other partitions. Where nobody else can have had those it keeps, what is under way in them goes on. */
  change(partitions: readonly number[], continued: boolean): void {
    this.#assigned = partitions;
    this.#opening.abort(isOutOfDate);
    this.#opening = new AbortController();
    this.keep(continued ? partitions : []);
    const added = partitions.filter((partition) => !this.#open.has(partition));
    if (added.length > 0) void this.#openAll(added, this.#opening.signal);
    this.#options.changed();
  }

  /** Gives up all others. */
  keep(partitions: readonly number[]): void {
    for (const partition of this.#open.keys()) if (!partitions.includes(partition)) this.#close(partition);
    for (const partition of this.#anew) if (!partitions.includes(partition)) this.#anew.delete(partition);
  }

  /** Starts nothing more in these partitions, or in any; settles when nothing is under way in them. */
  async drain(partitions: Iterable<number> = this.#open.keys()): Promise<void> {
    await Promise.all([...partitions].map(async (partition) => this.#open.get(partition)?.drain()));
  }

  /** Abandons what is under way in these partitions, or in any; settles when that is counted. */
  async cut(partitions: Iterable<number> = this.#open.keys()): Promise<void> {
    await Promise.all([...partitions].map(async (partition) => this.#open.get(partition)?.cut()));
  }

  /** The offset that was to be read next is not in the log, or that is another one from `divergedAt` on: goes on where it begins, ends or differs. */
  async resume(partition: number, lost: number, divergedAt = Infinity): Promise<void> {
    const logs = await this.#options.logRanges([partition]).catch(() => undefined);
    const found = this.#open.get(partition);
    const log = logs?.get(partition);
    if (!log || found?.fetch?.offset !== lost) return;
    const end = Math.min(log.end, divergedAt);
    if (lost < log.logStart) this.#skipExpired(partition, found, log.logStart);
    else if (lost > end) this.#goBack(partition, found, Math.max(log.logStart, end), 'offset is out of the range of the log: Kafka has lost the end of what was read: going on at the end of what it has kept');
    else found.forgetEpochs();
    this.#options.changed();
  }

  #skipExpired(partition: number, found: Partition, resumedAt: number): void {
    const lost = found.standing.position;
    const count = found.resumeAt(resumedAt);
    this.#options.expired(count);
    this.#options.log.error({ partition, lost, resumedAt, expired: count }, 'offset is out of the range of the log: Kafka has deleted events before they were delivered: going on at the start of the log');
  }

  /** What was read is of another log than what is there now: of that, everything counts that is not known to be finished. */
  #goBack(partition: number, found: Partition, end: number, why: string): void {
    const resumedAt = Math.min(found.unfinished, end);
    this.#options.log.error({ partition, lost: found.standing.position, resumedAt }, why);
    this.#close(partition);
    this.#openAt(partition, { offset: resumedAt, metadata: '' }, false);
  }

  #readAgain(partition: number, from: number): void {
    const found = this.#open.get(partition);
    if (found) this.#goBack(partition, found, from, 'Kafka has lost what an earlier owner of the partition had read, and something else was written there since: it is delivered, and some events come again');
    this.#options.changed();
  }

  /** There is another topic of the same name now: offsets of the old one, committed ones as well, mean nothing in it. */
  startOver(): void {
    const partitions = [...(this.#assigned ?? [])];
    this.#options.log.error({ partitions }, 'the topic was deleted and created again: reading the new one from its beginning');
    this.#opening.abort(isOutOfDate);
    this.#opening = new AbortController();
    this.keep([]);
    for (const partition of partitions) this.#anew.add(partition);
    if (partitions.length > 0) void this.#openAll(partitions, this.#opening.signal);
  }

  /** Gives up partitions that do not move though they should, and opens them anew at what is committed. */
  rebuild(partitions: readonly number[]): void {
    for (const partition of partitions) {
      this.#options.log.error({ partition, ...this.#open.get(partition)?.standing }, 'a partition is not read though it should be: it is rebuilt');
      this.#close(partition);
    }
    void this.#openAll(partitions, this.#opening.signal);
  }

  close(): void {
    this.#opening.abort(isOutOfDate);
    for (const partition of this.#open.keys()) this.#close(partition);
  }

  #close(partition: number): void {
    this.#open.get(partition)?.close();
    this.#open.delete(partition);
  }

  async #openAll(partitions: readonly number[], signal: AbortSignal): Promise<void> {
    const trouble = troubleLog(this.#options.log, 'looking up offsets');
    const superseded = (): boolean => signal.aborted;
    for (let pause: number = pauseMs.first; !superseded(); pause = Math.min(2 * pause, pauseMs.most)) {
      try {
        const { committed, fresh } = await this.#starts(partitions);
        if (superseded()) return;
        for (const [partition, commit] of committed) this.#openAt(partition, commit, true);
        for (const [partition, offset] of fresh) this.#openAt(partition, { offset, metadata: '' }, false);
        this.#isHindered = false;
        trouble.over();
        this.#options.changed();
        return;
      } catch (error) {
        this.#isHindered = true;
        if (!superseded()) trouble.report(error);
        await this.#options.clock.wait(pause, signal).catch(() => undefined);
      }
    }
  }

  /** Committed offsets, and where the log begins where there is none: a partition that was added later is read from its beginning. */
  async #starts(partitions: readonly number[]): Promise<Starts> {
    const found = await this.#options.committed(partitions);
    const committed = new Map([...found].filter(([partition, commit]) => this.#counts(partition, commit)));
    const uncommitted = partitions.filter((partition) => !committed.has(partition));
    this.#beginAnew(uncommitted.filter((partition) => found.has(partition) && !this.#anew.has(partition)));
    const missing = uncommitted.filter((partition) => !this.#anew.has(partition));
    const logStarts = missing.length > 0 ? [...(await this.#options.logRanges(missing))].map(([partition, { logStart }]) => [partition, logStart] as const) : [];
    if (logStarts.length > 0) this.#options.log.warn({ offsets: Object.fromEntries(logStarts) }, 'the group has no committed offset for these partitions: reading them from the start of the log');
    // A broker that is behind would tell of the old topic's log.
    const anew = uncommitted.filter((partition) => this.#anew.has(partition)).map((partition) => [partition, 0] as const);
    return { committed, fresh: new Map([...logStarts, ...anew]) };
  }

  #beginAnew(partitions: readonly number[]): void {
    if (partitions.length === 0) return;
    this.#options.log.error({ partitions }, 'the committed offsets of these partitions are of a topic that was deleted: reading the one that was created again from its beginning');
    for (const partition of partitions) this.#anew.add(partition);
  }

  /** Whether a committed offset is of the topic that there is now: what a late owner committed when there was another one already is not. */
  #counts(partition: number, commit: OffsetCommit): boolean {
    const mark = markedTopic(commit.metadata, commit.offset);
    if (mark === undefined) return !this.#anew.has(partition);
    if (this.#options.topicId() === undefined) throw new Error('the topic was not seen yet');
    return !this.#isOfAnother(commit);
  }

  #isOfAnother({ offset, metadata }: OffsetCommit): boolean {
    const [mark, now] = [markedTopic(metadata, offset), topicMark(this.#options.topicId())];
    return mark !== undefined && now !== undefined && mark !== now;
  }

  /** Unless it is open: a partition may be rebuilt while an answer to an earlier question is still to come. */
  #openAt(partition: number, { offset, metadata, epoch }: OffsetCommit, isCommitted: boolean): void {
    if (this.#open.has(partition)) return;
    this.#open.set(partition, this.#partition(partition, { start: offset, epoch, isCommitted, before: decodeProgress(metadata, offset) }));
  }

  #partition(partition: number, start: PartitionStart): Partition {
    const { budget, order, maxInFlight, clock, entrance, log } = this.#options;
    let isShortened = false;
    return new Partition({
      ...start,
      partition,
      budget,
      order,
      width: maxInFlight + mostRetrying,
      clock,
      entrance,
      handle: (record, way, pass) => this.#options.handle(record, way, pass),
      hasRoom: () => this.#options.changed(),
      rewritten: (from) => this.#readAgain(partition, from),
      topic: () => topicMark(this.#options.topicId()),
      shortened: ({ wanted, forgotten }) => {
        if (!isShortened) log.warn({ partition, characters: wanted, limit: this.#metadataLimit, forgottenCounts: forgotten }, 'the progress of a partition does not fit into the metadata of its commit: should it go elsewhere now, finished events come again, and some retries are counted anew');
        isShortened = true;
      },
      failed: (error, { offset }) => log.error({ err: error, partition, offset }, 'a bug kept a record from being delivered: it is tried again'),
    });
  }
}

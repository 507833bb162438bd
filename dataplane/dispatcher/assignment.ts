import type { DeliveryOrder } from '../../contract/dispatcher-file.ts';
import type { Logger } from '../../runtime/log.ts';
import type { PartitionFetch } from '../kafka/fetch-loop.ts';
import type { FetchedBatch, FetchedRecord } from '../kafka/fetched-records.ts';
import { troubleLog } from '../kafka/trouble-log.ts';
import type { Clock } from './clock.ts';
import type { FetchBudget } from './fetch-budget.ts';
import { Partition } from './partition.ts';

export interface AssignmentOptions {
  readonly budget: FetchBudget;
  readonly order: DeliveryOrder;
  /** Most attempts at once. */
  readonly maxInFlight: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Committed offsets of the group; a partition without one is left out. */
  committed(partitions: readonly number[]): Promise<Map<number, number>>;
  logStart(partitions: readonly number[]): Promise<Map<number, number>>;
  handle(record: FetchedRecord, partition: number, signal: AbortSignal): Promise<void>;
  /** Something may be fetched that could not before. */
  changed(): void;
}

/** Records of one partition that may wait for a retry beside those under way: more of them, and the partition waits. */
const mostRetrying = 192;
const pauseMs = { first: 100, most: 5000 } as const;

/** The partitions of a subscription that this process has now. */
export class Assignment {
  readonly #options: AssignmentOptions;
  readonly #open = new Map<number, Partition>();
  /** Aborted when the assignment changes: what was being looked up is out of date. */
  #opening = new AbortController();

  constructor(options: AssignmentOptions) {
    this.#options = options;
  }

  /** What to fetch now. */
  get wanted(): PartitionFetch[] {
    return [...this.#open.values()].map(({ fetch }) => fetch).filter((fetch) => fetch !== undefined);
  }

  /** Offsets to commit, by partition. */
  get uncommitted(): Map<number, number> {
    const offsets = new Map<number, number>();
    for (const [partition, { uncommitted }] of this.#open) if (uncommitted !== undefined) offsets.set(partition, uncommitted);
    return offsets;
  }

  committed(offsets: ReadonlyMap<number, number>): void {
    for (const [partition, offset] of offsets) this.#open.get(partition)?.committed(offset);
  }

  take(batch: FetchedBatch): void {
    this.#open.get(batch.partition)?.add(batch);
  }

  /** Goes over to other partitions. Where nobody else can have had those it keeps, what is under way in them goes on. */
  change(partitions: readonly number[], continued: boolean): void {
    this.#opening.abort();
    this.#opening = new AbortController();
    for (const partition of this.#open.keys()) if (!continued || !partitions.includes(partition)) this.#close(partition);
    const added = partitions.filter((partition) => !this.#open.has(partition));
    if (added.length > 0) void this.#openAll(added, this.#opening.signal);
    this.#options.changed();
  }

  /** The log has lost, or never had, the offset that was to be read next. */
  async resumeAtLogStart(partition: number, lost: number): Promise<void> {
    const start = await this.#options.logStart([partition]).catch(() => undefined);
    const found = this.#open.get(partition);
    const offset = start?.get(partition);
    if (offset === undefined || found?.fetch?.offset !== lost) return;
    this.#options.log.error({ partition, lost, resumedAt: offset }, 'offset is out of the range of the log: events may have been deleted before they were delivered: resuming at the start of the log');
    found.resumeAt(offset);
    this.#options.changed();
  }

  close(): void {
    this.#opening.abort();
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
        const starts = await this.#starts(partitions);
        if (superseded()) return;
        for (const [partition, start] of starts) this.#open.set(partition, this.#partition(partition, start));
        trouble.over();
        this.#options.changed();
        return;
      } catch (error) {
        if (!superseded()) trouble.report(error);
        await this.#options.clock.wait(pause, signal).catch(() => undefined);
      }
    }
  }

  /** Committed offsets, and the start of the log where there is none: a partition that was added later is read from its beginning. */
  async #starts(partitions: readonly number[]): Promise<Map<number, number>> {
    const committed = await this.#options.committed(partitions);
    const fresh = partitions.filter((partition) => !committed.has(partition));
    return fresh.length === 0 ? committed : new Map([...committed, ...(await this.#options.logStart(fresh))]);
  }

  #partition(partition: number, start: number): Partition {
    const { budget, order, maxInFlight, clock, log } = this.#options;
    return new Partition({
      partition,
      start,
      budget,
      order,
      width: maxInFlight + mostRetrying,
      clock,
      handle: (record, of, signal) => this.#options.handle(record, of, signal),
      hasRoom: () => this.#options.changed(),
      failed: (error, { offset }) => log.error({ err: error, partition, offset }, 'a bug kept a record from being delivered: it is tried again'),
    });
  }
}

import type { SubscriptionSpec } from '../../contract/dispatcher-file.ts';
import type { Logger } from '../../runtime/log.ts';
import type { FetchLoop, FetchLoopListener } from '../kafka/fetch-loop.ts';
import type { FetchedRecord } from '../kafka/fetched-records.ts';
import { groupErrorOf } from '../kafka/group-coordinator.ts';
import type { GroupListener, GroupMember } from '../kafka/group-member.ts';
import type { OffsetCommit } from '../kafka/offset-commits.ts';
import type { TroubleLog } from '../kafka/trouble-log.ts';
import { reasonOf, troubleLog } from '../kafka/trouble-log.ts';
import { Assignment } from './assignment.ts';
import type { Clock } from './clock.ts';
import { atMost } from './clock.ts';
import { Commits } from './commits.ts';
import type { Baggage } from './attempts.ts';
import type { Delivery } from './deliver.ts';
import type { FetchBudget } from './fetch-budget.ts';
import type { Pass } from './gate.ts';
import { Gate } from './gate.ts';
import type { SubscriptionMetrics } from './metrics.ts';
import type { PartitionWay } from './partition.ts';
import { retryAfterCapMs } from './retry.ts';
import { subscriptionState, unreadReason } from './standing.ts';
import type { TriesOptions } from './tries.ts';
import { Tries } from './tries.ts';
import { Watchdog } from './watchdog.ts';

export interface SubscriptionLoopOptions {
  readonly spec: SubscriptionSpec;
  readonly delivery: Delivery;
  readonly budget: FetchBudget;
  readonly metrics: SubscriptionMetrics;
  readonly log: Logger;
  readonly clock: Clock;
  /** Time that attempts under way have when it is stopped. */
  readonly drainMs: number;
  join(listener: GroupListener): GroupMember;
  fetch(listener: FetchLoopListener): FetchLoop;
}

const watchIntervalMs = 5000;
/** What a rebalance waits for, beside the commit; together well within the time that members have to come back. */
const rebalanceDrainMs = 4000;
/** Longest time that the last commit may take: in a rebalance, where the others go on with what they have, and at the end; there it also has what the drain has left of its own. */
const lastCommitMs = { rebalance: 10_000, end: 4000, most: 10_000 } as const;
/** What connections may take to be closed: the client does not always say that they are. */
const closeMs = 5000;
/** Commits fail for as long as this where a group is being rebalanced or its coordinator moves: nothing that anybody must know. */
const usualCommitTroubleMs = 10_000;
/** What Kafka says when a commit has more metadata than it is configured to take. */
const metadataErrors: ReadonlySet<string> = new Set(['OFFSET_METADATA_TOO_LARGE', 'INVALID_COMMIT_OFFSET_SIZE']);
/** What an attempt that is cut off may take to end. */
const cutMs = 500;

/** One subscription: a member of its group, a fetch loop, and the partitions assigned to it. */
export class SubscriptionLoop {
  readonly #options: SubscriptionLoopOptions;
  readonly #gate: Gate;
  readonly #fetching: FetchLoop;
  readonly #member: GroupMember;
  readonly #assignment: Assignment;
  readonly #commits: Commits;
  readonly #commitTrouble: TroubleLog;
  readonly #watchdog = new Watchdog();
  readonly #stopWatching: () => void;
  readonly #waits: TriesOptions;
  #stopping = false;

  constructor(options: SubscriptionLoopOptions) {
    this.#options = options;
    const { spec, budget, metrics, log, clock } = options;
    this.#commitTrouble = troubleLog(log, 'committing offsets');
    this.#gate = new Gate({ places: spec.maxInFlight, mayEnter: () => this.#member.isAlive, counted: (inside) => metrics.inFlight(inside) });
    this.#fetching = options.fetch({
      wanted: () => this.#assignment.wanted,
      fetched: (batch) => this.#assignment.take(batch),
      outOfRange: ({ partition, offset }, divergedAt) => void this.#assignment.resume(partition, offset, divergedAt),
      partitionsSeen: (count) => this.#member.partitionsSeen(count),
      paused: () => this.#assignment.paused,
      recreated: () => this.#assignment.startOver(),
      isFull: () => budget.isFull,
      logs: (logs) => this.#assignment.logsAre(logs),
    });
    this.#member = options.join({
      revoked: (partitions) => this.#revoked(partitions),
      assigned: (partitions, continued) => this.#assigned(partitions, continued),
      alive: () => this.#gate.nudge(),
    });
    this.#assignment = new Assignment({
      budget,
      order: spec.deliveryOrder,
      maxInFlight: spec.maxInFlight,
      clock,
      log,
      committed: (partitions) => this.#member.committed(partitions),
      logRanges: (partitions) => this.#fetching.logRanges(partitions),
      topicId: () => this.#fetching.topicId,
      expired: (count) => metrics.dropped('expired', count),
      entrance: this.#gate,
      handle: (record, way, pass) => this.#handle(record, way, pass),
      changed: () => this.#fetching.wake(),
    });
    this.#commits = new Commits({
      clock,
      uncommitted: () => this.#assignment.uncommitted,
      commit: (commits) => this.#member.commit(commits),
      committed: (commits) => {
        this.#assignment.committed(commits);
        metrics.committed();
        this.#commitTrouble.over();
      },
      failed: (error, commits, forMs) => this.#notCommitted(error, commits, forMs),
    });
    metrics.standing(() => subscriptionState(this.#assignment.standings.values(), this.#assignment.assigned?.length ?? 0, this.#watchdog.stalled));
    this.#stopWatching = clock.every(watchIntervalMs, () => this.#watch());
    this.#waits = { now: () => clock.timeOfDay(), waitFor: (inMs, starting) => Promise.all([clock.wait(inMs, starting), this.#commits.soon()]) };
  }

  /** Why it does not read everything that it should, in a few words; undefined where it does. */
  get unread(): string | undefined {
    if (!this.#member.isAlive) return 'is not a member of its group';
    const assigned = this.#assignment.assigned ?? (this.#member.isSpare ? [] : undefined);
    return unreadReason(assigned, this.#assignment.standings, this.#options.clock.now());
  }

  /** Why only another process may help, in a few words; undefined where this one does its work, or Kafka hinders it. */
  get stuck(): string | undefined {
    const partition = this.#watchdog.stuck;
    return partition === undefined ? undefined : `does not read partition ${partition}, whatever it tries`;
  }

  /** Starts nothing more, waits for what is under way, for `limitMs` at most, commits, leaves the group. */
  async stop(limitMs = Infinity): Promise<void> {
    const { clock, metrics } = this.#options;
    const drainMs = Math.min(limitMs, this.#options.drainMs);
    this.#stopping = true;
    this.#stopWatching();
    this.#commits.close();
    await Promise.all([atMost(clock, closeMs, this.#fetching.close()), this.#giveUp(drainMs, lastCommitMs.end)]);
    this.#assignment.close();
    await this.#member.leave();
    metrics.forget();
  }

  #handle(record: FetchedRecord, way: PartitionWay, pass: Pass): Promise<void> {
    const tries = new Tries(record.offset, way, this.#waits);
    const baggage: Baggage = { pass, tries, signal: way.signal };
    return tries.dueAt === 0 ? this.#options.delivery.deliver(record, way.partition, baggage) : this.#deliverWhenDue(record, way, baggage);
  }

  /** An earlier owner of the partition has tried it. */
  async #deliverWhenDue(record: FetchedRecord, { partition, starting }: PartitionWay, baggage: Baggage): Promise<void> {
    const waitMs = this.#waitMs(baggage.tries.dueAt);
    if (waitMs > 0) await baggage.pass.outside(() => this.#options.clock.wait(waitMs, starting));
    await this.#options.delivery.deliver(record, partition, baggage);
  }

  /** What is left of a wait that an earlier owner of the partition began; clocks may differ. */
  #waitMs(dueAt: number): number {
    if (dueAt === 0) return 0;
    const { backoffDelayMs, retryAfterMaxMs = 0 } = this.#options.spec.delivery;
    return Math.min(dueAt - this.#options.clock.timeOfDay(), Math.max(retryAfterCapMs, retryAfterMaxMs, backoffDelayMs));
  }

  #notCommitted(error: unknown, commits: ReadonlyMap<number, OffsetCommit>, forMs: number): void {
    const { log } = this.#options;
    if (metadataErrors.has(groupErrorOf(error) ?? '')) this.#assignment.metadataRefused(commits);
    else if (forMs >= usualCommitTroubleMs) this.#commitTrouble.report(error);
    else log.debug(`offsets not committed yet: ${reasonOf(error)}`);
  }

  #watch(): void {
    const { clock, metrics } = this.#options;
    const isHindered = (partition: number): boolean => !this.#member.isAlive || this.#fetching.isHindered(partition);
    const stalled = this.#watchdog.look(this.#assignment.watched(isHindered), clock.now());
    if (stalled.length === 0) return;
    stalled.forEach(() => metrics.stalled());
    this.#assignment.rebuild(stalled);
    this.#fetching.renew();
  }

  async #revoked(partitions: readonly number[]): Promise<void> {
    await this.#giveUp(rebalanceDrainMs, lastCommitMs.rebalance, partitions);
  }

  /** Waits for what is under way, cuts off what takes longer, and commits how far it has come with both. */
  async #giveUp(drainMs: number, commitMs: number, partitions?: readonly number[]): Promise<void> {
    const { clock } = this.#options;
    const until = clock.now() + drainMs + cutMs + commitMs;
    await atMost(clock, drainMs, this.#assignment.drain(partitions));
    await atMost(clock, cutMs, this.#assignment.cut(partitions));
    await this.#commits.finally(Math.min(until - clock.now(), lastCommitMs.most));
  }

  #assigned(partitions: readonly number[], continued: boolean): void {
    if (this.#stopping) {
      this.#assignment.keep(continued ? partitions : []);
      return;
    }
    const { log, metrics } = this.#options;
    log.info({ partitions, continued }, 'partitions assigned');
    metrics.rebalanced();
    this.#assignment.change(partitions, continued);
  }
}

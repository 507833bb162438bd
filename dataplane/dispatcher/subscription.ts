import type { SubscriptionSpec } from '../../contract/dispatcher-file.ts';
import type { KafkaConnection } from '../../contract/kafka-connection.ts';
import type { Logger } from '../../runtime/log.ts';
import { Assignment } from './assignment.ts';
import { systemClock } from './clock.ts';
import { Delivery } from './deliver.ts';
import { deliveryLog } from './delivery-log.ts';
import type { FetchBudget } from './fetch-budget.ts';
import { Gate } from './gate.ts';
import type { HttpClient } from './http-client.ts';
import type { DispatcherMetrics } from './metrics.ts';
import type { ConsumerClientOptions } from '../kafka/consumer-client.ts';
import { startFetchLoop } from '../kafka/fetch-loop.ts';
import type { FetchedRecord } from '../kafka/fetched-records.ts';
import { joinGroup } from '../kafka/group-member.ts';
import { atMost } from '../kafka/group-session.ts';
import { reasonOf } from '../kafka/trouble-log.ts';
import { Tries, untried } from './tries.ts';

export interface SubscriptionOptions {
  readonly channel: { readonly namespace: string; readonly name: string };
  readonly topic: string;
  readonly spec: SubscriptionSpec;
  readonly connection: KafkaConnection;
  readonly client: HttpClient;
  readonly budget: FetchBudget;
  readonly metrics: DispatcherMetrics;
  readonly log: Logger;
  /** Time that attempts under way have when it is stopped. */
  readonly drainMs: number;
}

export interface RunningSubscription {
  /** Starts nothing more, waits for what is under way, commits, leaves the group. */
  stop(): Promise<void>;
}

const commitIntervalMs = 1000;
/** Bounds on what a rebalance waits for; together well within the session timeout. */
const rebalanceDrainMs = 4000;
const rebalanceCommitMs = 2000;

/** One subscription: a member of its group, a fetch loop, and the partitions assigned to it. */
export function startSubscription(options: SubscriptionOptions): RunningSubscription {
  return new Subscription(options);
}

class Subscription implements RunningSubscription {
  readonly #options: SubscriptionOptions;
  readonly #log: Logger;
  readonly #metrics: ReturnType<DispatcherMetrics['subscription']>;
  readonly #delivery: Delivery;
  readonly #gate: Gate;
  readonly #fetching: ReturnType<typeof startFetchLoop>;
  readonly #member: ReturnType<typeof joinGroup>;
  readonly #assignment: Assignment;
  readonly #committing: NodeJS.Timeout;
  #lastCommit = Promise.resolve();
  #committingNow = false;
  #rebalancing = true;
  #stopping = false;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
    const { channel, topic, spec, connection, client } = options;
    this.#log = options.log.child({ channel: `${channel.namespace}/${channel.name}`, subscription: spec.name, subscriptionUid: spec.uid });
    this.#metrics = options.metrics.subscription({ namespace: channel.namespace, channel: channel.name, subscription: spec.name });
    const log = deliveryLog(options.log, { channel: `${channel.namespace}/${channel.name}`, subscription: spec.name, subscriptionUid: spec.uid });
    this.#delivery = new Delivery({ spec, namespace: channel.namespace, client, log, metrics: this.#metrics, random: Math.random });
    this.#gate = new Gate({ places: spec.maxInFlight, mayEnter: () => this.#member.isAlive, counted: (inside) => this.#metrics.inFlight(inside) });
    const kafka: ConsumerClientOptions & { log: Logger } = { connection, clientId: 'kafkachannel-dispatcher', group: spec.group, topic, log: this.#log };
    this.#fetching = startFetchLoop({
      ...kafka,
      wanted: () => this.#assignment.wanted,
      fetched: (batch) => this.#assignment.take(batch),
      outOfRange: ({ partition, offset }) => void this.#assignment.resumeAtLogStart(partition, offset),
      partitionsSeen: (count) => this.#member.partitionsSeen(count),
    });
    this.#member = joinGroup(kafka, {
      revoked: () => this.#revoked(),
      assigned: (partitions, continued) => this.#assigned(partitions, continued),
      alive: () => this.#gate.nudge(),
    });
    this.#assignment = new Assignment({
      budget: options.budget,
      order: spec.deliveryOrder,
      maxInFlight: spec.maxInFlight,
      clock: systemClock,
      log: this.#log,
      committed: (partitions) => this.#member.committed(partitions),
      logStart: (partitions) => this.#fetching.logStart(partitions),
      handle: (record, partition, signal) => this.#handle(record, partition, signal),
      changed: () => this.#fetching.wake(),
    });
    this.#committing = setInterval(() => this.#commitWhenChanged(), commitIntervalMs);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#committing);
    this.#gate.close();
    await Promise.all([this.#fetching.close(), atMost(this.#options.drainMs, this.#gate.idle())]);
    await atMost(rebalanceCommitMs, this.#commitNow());
    this.#assignment.close();
    await this.#member.leave();
    this.#metrics.forget();
  }

  async #handle(record: FetchedRecord, partition: number, signal: AbortSignal): Promise<void> {
    const pass = await this.#gate.enter(signal);
    try {
      const tries = new Tries(untried, { now: () => systemClock.timeOfDay(), waitFor: (inMs) => systemClock.wait(inMs, signal), changed: () => undefined });
      await this.#delivery.deliver(record, partition, { pass, tries, signal });
    } finally {
      pass.leave();
    }
  }

  async #revoked(): Promise<void> {
    this.#rebalancing = true;
    this.#gate.close();
    await atMost(rebalanceDrainMs, this.#gate.idle());
    await atMost(rebalanceCommitMs, this.#commitNow());
  }

  #assigned(partitions: readonly number[], continued: boolean): void {
    if (this.#stopping) return;
    this.#log.info({ partitions, continued }, 'partitions assigned');
    this.#assignment.change(partitions, continued);
    this.#rebalancing = false;
    this.#gate.open();
  }

  #commitWhenChanged(): void {
    if (!this.#rebalancing && !this.#committingNow) void this.#commitNow();
  }

  /** One commit at a time; what could not be committed is committed by the next. */
  #commitNow(): Promise<void> {
    this.#lastCommit = this.#lastCommit.then(() => this.#commitOnce());
    return this.#lastCommit;
  }

  async #commitOnce(): Promise<void> {
    const offsets = this.#assignment.uncommitted;
    if (offsets.size === 0) return;
    this.#committingNow = true;
    try {
      await this.#member.commit(offsets);
      this.#assignment.committed(offsets);
    } catch (error) {
      this.#log.debug(`offsets not committed yet: ${reasonOf(error)}`);
    } finally {
      this.#committingNow = false;
    }
  }
}

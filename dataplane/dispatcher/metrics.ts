import { Counter, Gauge, Registry } from 'prom-client';

import { RecentMap } from '../../runtime/recent-map.ts';
import { durationHistogram } from './duration-histogram.ts';
import type { AttemptOutcome, DropReason, ReplyOutcome } from './subscription-counts.ts';
import { SubscriptionCounts } from './subscription-counts.ts';

const ofSubscription = ['namespace', 'channel', 'subscription'] as const;
type Label = (typeof ofSubscription)[number];
export type SubscriptionLabels = Record<Label, string>;

export interface DispatcherMetrics {
  readonly registry: Registry;
  subscription(labels: SubscriptionLabels): SubscriptionMetrics;
}

/** Where a subscription stands now, in this process. */
export interface SubscriptionState {
  /** Events of the assigned partitions that are not finished. */
  readonly lag: number;
  /** When the oldest of them was written, in milliseconds since 1970; undefined where there is none, or it is not known. */
  readonly oldestEventMs: number | undefined;
  readonly assignedPartitions: number;
  /** Partitions that should be read and have not been for so long that they are being rebuilt. */
  readonly stalledPartitions: number;
}

/** What one subscription tells of itself. */
export interface SubscriptionMetrics {
  /** A subscriber has accepted an event, and its reply is delivered where there is one. */
  delivered(): void;
  attempted(outcome: AttemptOutcome, seconds: number): void;
  retried(): void;
  replied(outcome: ReplyOutcome): void;
  deadLettered(): void;
  dropped(reason: DropReason, count?: number): void;
  /** An event begins (1) or ceases (-1) to wait for a dead letter sink that has not taken it at the first attempt. */
  waitingForDeadLetterSink(change: 1 | -1): void;
  inFlight(count: number): void;
  /** Partitions have been assigned, for the first time or anew. */
  rebalanced(): void;
  /** A partition without progress was given up and is being rebuilt. */
  stalled(): void;
  /** Offsets have been committed just now. */
  committed(): void;
  /** How to find out where it stands; asked whenever somebody looks. */
  standing(read: () => SubscriptionState): void;
  /** The subscription is no more, here: its gauges go at once, its counters a while after: what they counted last is to be scraped, and it may come back. */
  forget(): void;
}

/** What subscriptions of one name have counted. */
interface Counted {
  readonly labels: SubscriptionLabels;
  readonly counts: SubscriptionCounts;
}

/** A subscription that runs: its gauges. */
interface Running {
  readonly of: Counted;
  inFlight: number;
  deadLettersWaiting: number;
  committedMs: number | undefined;
  read: (() => SubscriptionState) | undefined;
}

/** Metrics of a dispatcher, in a registry of their own. `now`: milliseconds of a clock that is never set. */
export function dispatcherMetrics(now?: () => number): DispatcherMetrics {
  const registry = new Registry();
  const counted = new RecentMap<Counted>(now);
  const running = new Set<Running>();
  const tell = ({ of }: Running): void => counted.tell(idOf(of.labels), of);
  const tellRunning = (): void => running.forEach(tell);
  const shown = (): Counted[] => {
    tellRunning();
    return counted.values();
  };
  registerCounters(registry, shown);
  registerGauges(registry, running);
  return {
    registry,
    subscription: (labels) => {
      tellRunning();
      const of = counted.get(idOf(labels)) ?? { labels, counts: new SubscriptionCounts() };
      const { counts } = of;
      const mine: Running = { of, inFlight: 0, deadLettersWaiting: 0, committedMs: undefined, read: undefined };
      running.add(mine);
      return {
        delivered: () => (counts.delivered += 1),
        attempted: (outcome, seconds) => counts.attempted(outcome, seconds),
        retried: () => (counts.retries += 1),
        replied: (outcome) => (counts.replies[outcome] += 1),
        deadLettered: () => (counts.deadLettered += 1),
        dropped: (reason, count = 1) => (counts.dropped[reason] += count),
        waitingForDeadLetterSink: (change) => (mine.deadLettersWaiting += change),
        inFlight: (count) => (mine.inFlight = count),
        rebalanced: () => (counts.rebalances += 1),
        stalled: () => (counts.stalls += 1),
        committed: () => (mine.committedMs = Date.now()),
        standing: (read) => (mine.read = read),
        forget: () => {
          running.delete(mine);
          tell(mine);
        },
      };
    },
  };
}

function idOf({ namespace, channel, subscription }: SubscriptionLabels): string {
  return `${namespace}/${channel}/${subscription}`;
}

function registerCounters(registry: Registry, shown: () => readonly Counted[]): void {
  const counter = (name: string, help: string, read: (counts: SubscriptionCounts) => number): unknown =>
    new Counter({
      name, help, labelNames: ofSubscription, registers: [registry],
      collect() {
        this.reset();
        for (const { labels, counts } of shown()) this.inc(labels, read(counts));
      },
    });
  const counterBy = (name: string, help: string, by: 'outcome' | 'reason', read: (counts: SubscriptionCounts) => Readonly<Record<string, number>>): unknown =>
    new Counter({
      name, help, labelNames: [...ofSubscription, by] as const, registers: [registry],
      collect() {
        this.reset();
        for (const { labels, counts } of shown()) {
          for (const [value, count] of Object.entries(read(counts))) this.inc({ ...labels, [by]: value }, count);
        }
      },
    });
  counter('kafkachannel_delivered_events_total', 'Events that a subscriber accepted, replies delivered included', ({ delivered }) => delivered);
  counterBy('kafkachannel_delivery_attempts_total', 'Requests made to subscribers, reply addresses and dead letter sinks, by what came of them', 'outcome', ({ attempts }) => attempts);
  registry.registerMetric(durationHistogram({
    name: 'kafkachannel_delivery_duration_seconds',
    help: 'Time from the start of such a request to its end',
    rows: shown,
  }));
  counter('kafkachannel_delivery_retries_total', 'Attempts after the first one', ({ retries }) => retries);
  counterBy('kafkachannel_replies_total', 'Answers of subscribers that have a reply address, by what came of their body', 'outcome', ({ replies }) => replies);
  counter('kafkachannel_dead_lettered_events_total', 'Events that a dead letter sink accepted', ({ deadLettered }) => deadLettered);
  counterBy('kafkachannel_dropped_events_total', 'Events that were given up', 'reason', ({ dropped }) => dropped);
  counter('kafkachannel_rebalances_total', 'Times that partitions were assigned', ({ rebalances }) => rebalances);
  counter('kafkachannel_stalls_total', 'Partitions that were rebuilt because they made no progress', ({ stalls }) => stalls);
}

function registerGauges(registry: Registry, running: ReadonlySet<Running>): void {
  const gauge = (name: string, help: string, read: (one: Running, state: SubscriptionState | undefined) => number | undefined): unknown =>
    new Gauge({
      name, help, labelNames: ofSubscription, registers: [registry],
      collect() {
        this.reset();
        for (const one of running) {
          const value = read(one, one.read?.());
          if (value !== undefined) this.set(one.of.labels, value);
        }
      },
    });
  gauge('kafkachannel_subscription_lag', 'Events not finished in the partitions of this process', (_one, state) => state?.lag);
  gauge('kafkachannel_subscription_oldest_event_age_seconds', 'Time since the oldest of them was written; 0 where there is none', (_one, state) => state && ageSeconds(state.oldestEventMs));
  gauge('kafkachannel_subscription_in_flight', 'Events with a request under way', ({ inFlight }) => inFlight);
  gauge('kafkachannel_subscription_assigned_partitions', 'Partitions of this process', (_one, state) => state?.assignedPartitions);
  gauge('kafkachannel_subscription_stalled_partitions', 'Of those, the ones that should be read and are not, be it for events that wait or for want of an answer of Kafka: they are being rebuilt', (_one, state) => state?.stalledPartitions);
  gauge('kafkachannel_subscription_dead_letters_waiting', 'Events that wait for a dead letter sink that has not taken them yet', ({ deadLettersWaiting }) => deadLettersWaiting);
  gauge('kafkachannel_subscription_last_commit_timestamp_seconds', 'When offsets were committed last', ({ committedMs }) => committedMs && committedMs / 1000);
}

function ageSeconds(writtenMs: number | undefined): number {
  return writtenMs === undefined ? 0 : Math.max(0, (Date.now() - writtenMs) / 1000);
}

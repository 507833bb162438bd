import { Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { ByteBudget } from './byte-budget.ts';
import type { RefusalKind } from './refusal.ts';
import type { Target } from './target.ts';

export interface ReceiverMetrics {
  /** Undefined where nothing is counted. */
  readonly registry: Registry | undefined;
  answered(answer: Answer): void;
  rejected(reason: RefusalKind): void;
  /** A request that could not be read was refused with this status. */
  unread(reason: RefusalKind, status: number): void;
  produced(records: number, seconds: number): void;
}

export interface Answer {
  /** Undefined where Kafka knows of none, so that no label comes from the outside. */
  readonly target: Target | undefined;
  readonly status: number;
  /** Events that are stored. */
  readonly events: number;
  readonly seconds: number;
}

const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const recordBuckets = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000];

interface Answers {
  readonly labels: { readonly namespace: string; readonly channel: string };
  readonly byStatus: Map<number, number>;
  events: number;
}

/** Counts nothing. */
export function noMetrics(): ReceiverMetrics {
  const nothing = (): void => undefined;
  return { registry: undefined, answered: nothing, rejected: nothing, unread: nothing, produced: nothing };
}

/** Metrics of a receiver, in a registry of their own. Answers are counted here and handed over when somebody looks: a counter with labels costs too much for each event. */
export function receiverMetrics(budget: ByteBudget): ReceiverMetrics & { readonly registry: Registry } {
  const registry = new Registry();
  const registers = [registry];
  const answers = new Map<string, Answers>();
  const answersOf = (target: Target | undefined): Answers => {
    let found = answers.get(target?.id ?? '');
    if (!found) answers.set(target?.id ?? '', (found = { labels: { namespace: target?.namespace ?? '', channel: target?.name ?? '' }, byStatus: new Map(), events: 0 }));
    return found;
  };
  new Counter({
    name: 'kafkachannel_receiver_requests_total',
    help: 'Requests answered, by status code',
    labelNames: ['namespace', 'channel', 'code'] as const,
    registers,
    collect() {
      this.reset();
      for (const { labels, byStatus } of answers.values()) {
        for (const [code, count] of byStatus) this.inc({ ...labels, code }, count);
      }
    },
  });
  new Counter({
    name: 'kafkachannel_receiver_events_total',
    help: 'Events that Kafka has taken',
    labelNames: ['namespace', 'channel'] as const,
    registers,
    collect() {
      this.reset();
      for (const { labels, events } of answers.values()) if (events > 0) this.inc(labels, events);
    },
  });
  const rejected = new Counter({ name: 'kafkachannel_receiver_rejected_events_total', help: 'Requests refused, by reason; a batch counts once', labelNames: ['reason'] as const, registers });
  const duration = new Histogram({ name: 'kafkachannel_receiver_request_duration_seconds', help: 'Time from request to answer', buckets: durationBuckets, registers });
  const produce = new Histogram({ name: 'kafkachannel_receiver_produce_duration_seconds', help: 'Time of a produce request', buckets: durationBuckets, registers });
  const batch = new Histogram({ name: 'kafkachannel_receiver_batch_records', help: 'Records of a produce request', buckets: recordBuckets, registers });
  new Gauge({
    name: 'kafkachannel_receiver_queue_bytes',
    help: 'Bytes of requests that are held, with what each takes beside its body',
    registers,
    collect() {
      this.set(budget.used);
    },
  });
  new Gauge({ name: 'kafkachannel_receiver_queue_limit_bytes', help: 'Most bytes of requests that are held', registers }).set(budget.limit);
  const count = (target: Target | undefined, status: number): Answers => {
    const counted = answersOf(target);
    counted.byStatus.set(status, (counted.byStatus.get(status) ?? 0) + 1);
    return counted;
  };
  return {
    registry,
    answered: ({ target, status, events, seconds }) => {
      count(target, status).events += events;
      duration.observe(seconds);
    },
    rejected: (reason) => rejected.inc({ reason }),
    unread: (reason, status) => {
      rejected.inc({ reason });
      count(undefined, status);
    },
    produced: (records, seconds) => {
      batch.observe(records);
      produce.observe(seconds);
    },
  };
}

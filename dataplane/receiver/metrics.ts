import { Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { ByteBudget } from './byte-budget.ts';
import type { ChannelCount } from './channel-counts.ts';
import { ChannelCounts } from './channel-counts.ts';
import { ChannelTotals, registerChannelCounters } from './channel-totals.ts';
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
  /** Tells at once what is counted of channels. */
  handOverCounts(): void;
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

export interface ReceiverMetricsOptions {
  /** Takes what is counted of channels where another process shows it. */
  readonly sendCounts?: ((counts: readonly ChannelCount[]) => void) | undefined;
  /** Milliseconds of a clock that is never set. */
  readonly now?: () => number;
}

/** Counts nothing. */
export function noMetrics(): ReceiverMetrics {
  const nothing = (): void => undefined;
  return { registry: undefined, answered: nothing, rejected: nothing, unread: nothing, produced: nothing, handOverCounts: nothing };
}

/** Metrics of a receiver, in a registry of their own. */
export function receiverMetrics(budget: ByteBudget, { sendCounts, now }: ReceiverMetricsOptions = {}): ReceiverMetrics & { readonly registry: Registry } {
  const registry = new Registry();
  const registers = [registry];
  const totals = new ChannelTotals(now);
  const counts = new ChannelCounts(sendCounts ?? ((counted) => totals.add(counted)));
  if (!sendCounts) {
    registerChannelCounters(registry, () => {
      counts.handOver();
      return totals.shown();
    });
  }
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
  return {
    registry,
    answered: ({ target, status, events, seconds }) => {
      counts.answered(target, status, events);
      duration.observe(seconds);
    },
    rejected: (reason) => rejected.inc({ reason }),
    unread: (reason, status) => {
      rejected.inc({ reason });
      counts.answered(undefined, status, 0);
    },
    produced: (records, seconds) => {
      batch.observe(records);
      produce.observe(seconds);
    },
    handOverCounts: () => counts.handOver(),
  };
}

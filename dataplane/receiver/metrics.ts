import { Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { ChannelKey } from '../../contract/names.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { RefusalKind } from './refusal.ts';

export interface ReceiverMetrics {
  readonly registry: Registry;
  /** A request is answered; channel undefined where there is none, so that no label comes from the outside. */
  answered(channel: ChannelKey | undefined, status: number, seconds: number): void;
  rejected(reason: RefusalKind): void;
  produced(records: number, seconds: number): void;
}

const requestBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Metrics of a receiver, in a registry of their own. */
export function receiverMetrics(budget: ByteBudget): ReceiverMetrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({ name: 'kafkachannel_receiver_requests_total', help: 'Requests answered, by status code', labelNames: ['namespace', 'channel', 'code'] as const, registers });
  const events = new Counter({ name: 'kafkachannel_receiver_events_total', help: 'Events that Kafka has taken', labelNames: ['namespace', 'channel'] as const, registers });
  const rejected = new Counter({ name: 'kafkachannel_receiver_rejected_events_total', help: 'Events refused, by reason', labelNames: ['reason'] as const, registers });
  const duration = new Histogram({ name: 'kafkachannel_receiver_request_duration_seconds', help: 'Time from request to answer', buckets: requestBuckets, registers });
  const produce = new Histogram({ name: 'kafkachannel_receiver_produce_duration_seconds', help: 'Time of a produce request', buckets: requestBuckets, registers });
  const batch = new Histogram({ name: 'kafkachannel_receiver_batch_records', help: 'Records of a produce request', buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000], registers });
  new Gauge({
    name: 'kafkachannel_receiver_queue_bytes',
    help: 'Bytes of events that are held',
    registers,
    collect() {
      this.set(budget.used);
    },
  });
  new Gauge({ name: 'kafkachannel_receiver_queue_limit_bytes', help: 'Most bytes of events that are held', registers }).set(budget.limit);
  return {
    registry,
    answered: (channel, status, seconds) => {
      const labels = { namespace: channel?.namespace ?? '', channel: channel?.name ?? '' };
      requests.inc({ ...labels, code: status });
      if (status === 202) events.inc(labels);
      duration.observe(seconds);
    },
    rejected: (reason) => rejected.inc({ reason }),
    produced: (records, seconds) => {
      batch.observe(records);
      produce.observe(seconds);
    },
  };
}

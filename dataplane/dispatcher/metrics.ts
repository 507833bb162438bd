import { Counter, Gauge, Registry } from 'prom-client';

const ofSubscription = ['namespace', 'channel', 'subscription'] as const;
type Label = (typeof ofSubscription)[number];
type Labels = Record<Label, string>;

export type DropReason = 'delivery_failed' | 'dead_letter_refused' | 'not_an_event';

export interface DispatcherMetrics {
  readonly registry: Registry;
  subscription(labels: Labels): SubscriptionMetrics;
}

/** The counters of one subscription. */
export interface SubscriptionMetrics {
  delivered(): void;
  retried(): void;
  deadLettered(): void;
  dropped(reason: DropReason): void;
  inFlight(count: number): void;
  /** Forgets the gauges of a subscription that is no more; counters stay, for they may come back. */
  forget(): void;
}

/** Metrics of a dispatcher, in a registry of their own. */
export function dispatcherMetrics(): DispatcherMetrics {
  const registry = new Registry();
  const registers = [registry];
  const delivered = new Counter({ name: 'kafkachannel_delivered_events_total', help: 'Events that a subscriber accepted, replies delivered included', labelNames: ofSubscription, registers });
  const retries = new Counter({ name: 'kafkachannel_delivery_retries_total', help: 'Attempts after the first one', labelNames: ofSubscription, registers });
  const deadLettered = new Counter({ name: 'kafkachannel_dead_lettered_events_total', help: 'Events that a dead letter sink accepted', labelNames: ofSubscription, registers });
  const dropped = new Counter({ name: 'kafkachannel_dropped_events_total', help: 'Events that were given up', labelNames: [...ofSubscription, 'reason'] as const, registers });
  const inFlight = new Gauge({ name: 'kafkachannel_subscription_in_flight', help: 'Events with a request under way', labelNames: ofSubscription, registers });
  return {
    registry,
    subscription: (labels) => {
      const mine = { delivered: delivered.labels(labels), retries: retries.labels(labels), deadLettered: deadLettered.labels(labels), inFlight: inFlight.labels(labels) };
      return {
        delivered: () => mine.delivered.inc(),
        retried: () => mine.retries.inc(),
        deadLettered: () => mine.deadLettered.inc(),
        dropped: (reason) => dropped.inc({ ...labels, reason }),
        inFlight: (count) => mine.inFlight.set(count),
        forget: () => inFlight.remove(labels),
      };
    },
  };
}

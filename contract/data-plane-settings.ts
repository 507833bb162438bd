/** Variables of a receiver that are the administrator's: the hooks hand them on. */
export interface ReceiverSettings {
  /** Processes that share the port; each uses one core, and its share of QUEUE_LIMIT_BYTES. */
  WORKERS: number;
  /** Connections that each worker has at once: room for thousands that say nothing, until their time is over, beside those that send. */
  MAX_CONNECTIONS: number;
  /** Largest body of a request; of one event, never more than the topic takes (`max.message.bytes`). */
  MAX_EVENT_BYTES: number;
  /** Most bytes of requests that are held at once, with what each takes beside its body; what comes over it is refused with 429, and a body that would never fit with 413. */
  QUEUE_LIMIT_BYTES: number;
  /** Longest time that Kafka has to take an event. */
  PRODUCE_TIMEOUT_MS: number;
  /** Whether there are metrics at the management port. */
  METRICS_ENABLED: boolean;
}

/** Their schemas: the hooks refuse what a receiver would. */
export const receiverSettings = {
  WORKERS: { type: 'integer', minimum: 1, maximum: 64, default: 1 },
  MAX_CONNECTIONS: { type: 'integer', minimum: 1, default: 8192 },
  MAX_EVENT_BYTES: { type: 'integer', minimum: 1, default: 20_971_520 },
  QUEUE_LIMIT_BYTES: { type: 'integer', minimum: 1_048_576, default: 67_108_864 },
  PRODUCE_TIMEOUT_MS: { type: 'integer', minimum: 100, maximum: 600_000, default: 10_000 },
  METRICS_ENABLED: { type: 'boolean', default: true },
} as const satisfies Record<keyof ReceiverSettings, object>;

/** The same of a dispatcher. */
export interface DispatcherSettings {
  /** Most bytes of events that are fetched ahead and of long replies, for all subscriptions together. */
  FETCH_BUDGET_BYTES: number;
}

export const dispatcherSettings = {
  FETCH_BUDGET_BYTES: { type: 'integer', minimum: 1_048_576, default: 50_331_648 },
} as const satisfies Record<keyof DispatcherSettings, object>;

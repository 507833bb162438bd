import type { JSONSchemaType } from 'ajv';

import { mountPath, port } from '../../contract/mounts.ts';
import { routesFileName } from '../../contract/routes-file.ts';
import { logLevels } from '../../runtime/log.ts';

/** The environment of a receiver. */
export interface ReceiverConfig {
  PORT: number;
  MANAGEMENT_PORT: number;
  KAFKA_SECRET_DIR: string;
  /** May be missing: then every channel has the topic that follows from its name. */
  ROUTES_FILE: string;
  LOG_LEVEL: (typeof logLevels)[number];
  /** Whether there are metrics at the management port. */
  METRICS_ENABLED: boolean;
  /** Time for which requests are still taken when the process is told to stop, each answered with `Connection: close`: until everybody has learnt that it is not ready. */
  DRAIN_MS: number;
  /** Time that requests under way have after that. */
  SHUTDOWN_TIMEOUT_MS: number;
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
}

export const receiverConfigSchema: JSONSchemaType<ReceiverConfig> = {
  type: 'object',
  required: [],
  properties: {
    PORT: { type: 'integer', minimum: 0, maximum: 65_535, default: port.receiver },
    MANAGEMENT_PORT: { type: 'integer', minimum: 0, maximum: 65_535, default: port.management },
    KAFKA_SECRET_DIR: { type: 'string', minLength: 1, default: mountPath.kafkaSecret },
    ROUTES_FILE: { type: 'string', minLength: 1, default: `${mountPath.routes}/${routesFileName}` },
    LOG_LEVEL: { type: 'string', enum: logLevels, default: 'info' },
    METRICS_ENABLED: { type: 'boolean', default: true },
    DRAIN_MS: { type: 'integer', minimum: 0, default: 0 },
    SHUTDOWN_TIMEOUT_MS: { type: 'integer', minimum: 0, default: 20_000 },
    WORKERS: { type: 'integer', minimum: 1, maximum: 64, default: 1 },
    MAX_CONNECTIONS: { type: 'integer', minimum: 1, default: 8192 },
    MAX_EVENT_BYTES: { type: 'integer', minimum: 1, default: 20_971_520 },
    QUEUE_LIMIT_BYTES: { type: 'integer', minimum: 1_048_576, default: 67_108_864 },
    PRODUCE_TIMEOUT_MS: { type: 'integer', minimum: 100, default: 10_000 },
  },
};

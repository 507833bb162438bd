import type { JSONSchemaType } from 'ajv';

import type { ReceiverSettings } from '../../contract/data-plane-settings.ts';
import { receiverSettings } from '../../contract/data-plane-settings.ts';
import { mountPath, port } from '../../contract/mounts.ts';
import { routesFileName } from '../../contract/routes-file.ts';
import { logLevels } from '../../runtime/log.ts';

/** The environment of a receiver. */
export interface ReceiverConfig extends ReceiverSettings {
  PORT: number;
  MANAGEMENT_PORT: number;
  KAFKA_SECRET_DIR: string;
  /** May be missing: then every channel has the topic that follows from its name. */
  ROUTES_FILE: string;
  LOG_LEVEL: (typeof logLevels)[number];
  /** Time for which requests are still taken when the process is told to stop, each answered with `Connection: close`: until everybody has learnt that it is not ready. */
  DRAIN_MS: number;
  /** Time that requests under way have after that. */
  SHUTDOWN_TIMEOUT_MS: number;
}

export const receiverConfigSchema: JSONSchemaType<ReceiverConfig> = {
  type: 'object',
  required: [],
  properties: {
    ...receiverSettings,
    PORT: { type: 'integer', minimum: 0, maximum: 65_535, default: port.receiver },
    MANAGEMENT_PORT: { type: 'integer', minimum: 0, maximum: 65_535, default: port.management },
    KAFKA_SECRET_DIR: { type: 'string', minLength: 1, default: mountPath.kafkaSecret },
    ROUTES_FILE: { type: 'string', minLength: 1, default: `${mountPath.routes}/${routesFileName}` },
    LOG_LEVEL: { type: 'string', enum: logLevels, default: 'info' },
    DRAIN_MS: { type: 'integer', minimum: 0, default: 0 },
    SHUTDOWN_TIMEOUT_MS: { type: 'integer', minimum: 0, default: 20_000 },
  },
};

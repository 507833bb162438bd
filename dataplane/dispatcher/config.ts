import type { JSONSchemaType } from 'ajv';

import type { DispatcherSettings } from '../../contract/data-plane-settings.ts';
import { dispatcherSettings } from '../../contract/data-plane-settings.ts';
import { mountPath, port } from '../../contract/mounts.ts';
import { dispatcherFileName } from '../../contract/dispatcher-file.ts';
import { logLevels } from '../../runtime/log.ts';

/** The environment of a dispatcher. */
export interface DispatcherConfig extends DispatcherSettings {
  MANAGEMENT_PORT: number;
  KAFKA_SECRET_DIR: string;
  DISPATCHER_FILE: string;
  LOG_LEVEL: (typeof logLevels)[number];
  /** Time that attempts under way have when the process is told to stop. */
  SHUTDOWN_TIMEOUT_MS: number;
  /** Where events may go though the egress guard would refuse it: addresses, CIDR ranges, names, separated by commas. */
  EGRESS_ALLOW: string;
  /** The same, refused beside what always is. */
  EGRESS_DENY: string;
  /** Where this process runs; its Services are refused by name. Empty: in no cluster. */
  SYSTEM_NAMESPACE: string;
  /** Set by Kubernetes in every pod: the address of the API server. */
  KUBERNETES_SERVICE_HOST: string;
}

export const dispatcherConfigSchema: JSONSchemaType<DispatcherConfig> = {
  type: 'object',
  required: [],
  properties: {
    ...dispatcherSettings,
    MANAGEMENT_PORT: { type: 'integer', minimum: 0, maximum: 65_535, default: port.management },
    KAFKA_SECRET_DIR: { type: 'string', minLength: 1, default: mountPath.kafkaSecret },
    DISPATCHER_FILE: { type: 'string', minLength: 1, default: `${mountPath.dispatcher}/${dispatcherFileName}` },
    LOG_LEVEL: { type: 'string', enum: logLevels, default: 'info' },
    SHUTDOWN_TIMEOUT_MS: { type: 'integer', minimum: 0, default: 20_000 },
    EGRESS_ALLOW: { type: 'string', default: '' },
    EGRESS_DENY: { type: 'string', default: '' },
    SYSTEM_NAMESPACE: { type: 'string', default: '' },
    KUBERNETES_SERVICE_HOST: { type: 'string', default: '' },
  },
};

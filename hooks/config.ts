import type { JSONSchemaType } from 'ajv';
import type { EnvVar, ResourceRequirements } from 'kubernetes-types/core/v1.js';

import { parseEgressList } from '../contract/egress-list.ts';
import { logLevels } from '../runtime/log.ts';
import type { Addressable } from './addressables.ts';
import { parseAddressables } from './addressables.ts';
import type { Autoscaler } from './autoscaler.ts';
import { withinLimit } from './autoscaler.ts';
import { parseDispatcherAutoscaler, parseReceiverAutoscaler } from './autoscaler-settings.ts';
import type { DataPlanePod } from './data-plane-pod.ts';
import { parseDataPlanePod } from './data-plane-pod.ts';
import { parseDispatcherSettings, parseReceiverSettings } from './data-plane-settings.ts';
import { dnsLabel } from './dns-label.ts';
import { parseReceiverResources } from './receiver-resources.ts';

/** Environment of the hooks. */
export interface HooksEnvironment {
  PORT: number;
  /** Where everything runs, and where the Kafka Secrets are. */
  SYSTEM_NAMESPACE: string;
  CLUSTER_DOMAIN: string;
  RECEIVER_IMAGE: string;
  RECEIVER_REPLICAS: number;
  /** Whether something else decides how many receivers run. */
  RECEIVER_AUTOSCALED: boolean;
  /** YAML: the autoscaler of every receiver, for which RECEIVER_REPLICAS are the fewest. */
  RECEIVER_AUTOSCALER: string;
  /** YAML: requests and limits of every receiver. Those of a dispatcher are its channel's. */
  RECEIVER_RESOURCES: string;
  /** YAML: variables of every receiver, as far as they are the administrator's (`contract/data-plane-settings.ts`). */
  RECEIVER_SETTINGS: string;
  DISPATCHER_IMAGE: string;
  /** YAML: the autoscaler of every dispatcher whose channel does not say how many run. */
  DISPATCHER_AUTOSCALER: string;
  /** As RECEIVER_SETTINGS, of every dispatcher. */
  DISPATCHER_SETTINGS: string;
  /** YAML: keys of a pod's spec that every receiver and dispatcher has beside ours. */
  DATA_PLANE_POD: string;
  DATA_PLANE_LOG_LEVEL: string;
  /** Kinds that dead letter sinks may refer to and that have to be read: `Broker=brokers.v1.eventing.knative.dev`, separated by commas. */
  ADDRESSABLES: string;
  TOKEN_FILE: string;
  /** Folder with tls.crt and tls.key; with it, the hooks serve HTTPS. */
  TLS_DIR: string;
  /** All that one request may spend on Kafka. Metacontroller waits 10 s for an answer; ours comes within 5. */
  KAFKA_TIMEOUT_MS: number;
  LOG_LEVEL: string;
  /** Handed on to every dispatcher: what its egress guard allows and denies beside its defaults (docs/delivery.md). */
  EGRESS_ALLOW: string;
  EGRESS_DENY: string;
}

export const hooksEnvironmentSchema: JSONSchemaType<HooksEnvironment> = {
  type: 'object',
  required: ['SYSTEM_NAMESPACE', 'RECEIVER_IMAGE', 'DISPATCHER_IMAGE'],
  properties: {
    PORT: { type: 'integer', minimum: 0, maximum: 65_535, default: 8080 },
    SYSTEM_NAMESPACE: { type: 'string', pattern: `^${dnsLabel}$` },
    CLUSTER_DOMAIN: { type: 'string', pattern: `^${dnsLabel}(\\.${dnsLabel})*$`, default: 'cluster.local' },
    RECEIVER_IMAGE: { type: 'string', minLength: 1 },
    RECEIVER_REPLICAS: { type: 'integer', minimum: 0, default: 2 },
    RECEIVER_AUTOSCALED: { type: 'boolean', default: false },
    RECEIVER_AUTOSCALER: { type: 'string', default: '' },
    RECEIVER_RESOURCES: { type: 'string', minLength: 1, default: 'requests: {cpu: 100m, memory: 256Mi}' },
    RECEIVER_SETTINGS: { type: 'string', default: '' },
    DISPATCHER_IMAGE: { type: 'string', minLength: 1 },
    DISPATCHER_AUTOSCALER: { type: 'string', default: '' },
    DISPATCHER_SETTINGS: { type: 'string', default: '' },
    DATA_PLANE_POD: { type: 'string', default: '' },
    DATA_PLANE_LOG_LEVEL: { type: 'string', enum: logLevels, default: 'info' },
    ADDRESSABLES: { type: 'string', default: 'Broker=brokers.v1.eventing.knative.dev,Channel=channels.v1.messaging.knative.dev' },
    TOKEN_FILE: { type: 'string', minLength: 1, default: '/etc/knative-kafka/hooks-token/token' },
    TLS_DIR: { type: 'string', default: '' },
    KAFKA_TIMEOUT_MS: { type: 'integer', minimum: 100, maximum: 4500, default: 4000 },
    LOG_LEVEL: { type: 'string', enum: logLevels, default: 'info' },
    EGRESS_ALLOW: { type: 'string', default: '' },
    EGRESS_DENY: { type: 'string', default: '' },
  },
};

/** What deciding needs to know beside the request. */
export interface HooksConfig {
  readonly systemNamespace: string;
  readonly clusterDomain: string;
  readonly receiverImage: string;
  /** Undefined where something else decides. */
  readonly receiverReplicas: number | undefined;
  /** Undefined where none is to be made. */
  readonly receiverAutoscaler: Autoscaler | undefined;
  readonly receiverResources: ResourceRequirements;
  readonly receiverSettings: readonly EnvVar[];
  readonly dispatcherImage: string;
  /** As above. */
  readonly dispatcherAutoscaler: Autoscaler | undefined;
  readonly dispatcherSettings: readonly EnvVar[];
  readonly dataPlanePod: DataPlanePod;
  readonly dataPlaneLogLevel: string;
  readonly addressables: readonly Addressable[];
  /** Lists for the dispatchers' egress guards; absent: only what they refuse by themselves. */
  readonly egressAllow?: string;
  readonly egressDeny?: string;
}

/** Throws an error for a variable that cannot be read. */
export function hooksConfig(environment: HooksEnvironment): HooksConfig {
  const receiverResources = parseReceiverResources(environment.RECEIVER_RESOURCES);
  const receiverAutoscaler = parseReceiverAutoscaler(environment.RECEIVER_AUTOSCALER, environment.RECEIVER_REPLICAS);
  return Object.freeze({
    systemNamespace: environment.SYSTEM_NAMESPACE,
    clusterDomain: environment.CLUSTER_DOMAIN,
    receiverImage: environment.RECEIVER_IMAGE,
    receiverReplicas: environment.RECEIVER_AUTOSCALED || receiverAutoscaler ? undefined : environment.RECEIVER_REPLICAS,
    receiverAutoscaler: receiverAutoscaler && withinLimit(receiverAutoscaler, receiverResources.limits?.['cpu']),
    receiverResources,
    receiverSettings: parseReceiverSettings(environment.RECEIVER_SETTINGS),
    dispatcherImage: environment.DISPATCHER_IMAGE,
    dispatcherAutoscaler: parseDispatcherAutoscaler(environment.DISPATCHER_AUTOSCALER),
    dispatcherSettings: parseDispatcherSettings(environment.DISPATCHER_SETTINGS),
    dataPlanePod: parseDataPlanePod(environment.DATA_PLANE_POD),
    dataPlaneLogLevel: environment.DATA_PLANE_LOG_LEVEL,
    addressables: parseAddressables(environment.ADDRESSABLES),
    ...(environment.EGRESS_ALLOW !== '' && { egressAllow: egressList('EGRESS_ALLOW', environment) }),
    ...(environment.EGRESS_DENY !== '' && { egressDeny: egressList('EGRESS_DENY', environment) }),
  });
}

/** As it was given: a dispatcher reads it itself. Throws an error for what a dispatcher would not start with. */
function egressList(variable: 'EGRESS_ALLOW' | 'EGRESS_DENY', environment: HooksEnvironment): string {
  parseEgressList(variable, environment[variable]);
  return environment[variable];
}

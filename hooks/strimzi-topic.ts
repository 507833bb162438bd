import type { KafkaTopic } from '../contract/generated/kafkatopic.ts';
import { annotation, label, strimziApiVersion } from '../contract/names.ts';
import type { ObjectMeta } from '../contract/object-meta.ts';
import type { Condition } from './conditions.ts';
import { conditionNamed } from './conditions.ts';
import { dnsLabel } from './dns-label.ts';
import { oneLine } from './hook-error.ts';
import { topicCheck } from './kafka-object-check.ts';
import type { Fault, Secret } from './kafka-secret.ts';
import { secretData } from './kafka-secret.ts';
import { asksFor, isDeletedWithObject } from './topic-spec.ts';

/** A KafkaTopic of Strimzi, as far as it is written and read here. Whoever may write it may leave anything out. */
export interface StrimziTopic {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: { topicName?: string; partitions?: number; replicas?: number; config?: Record<string, unknown> };
  status?: { observedGeneration?: number; conditions?: Condition[] };
}

/** A Kafka of Strimzi, whose Topic Operator looks after the KafkaTopics of its namespace that have its name as a label. */
export interface StrimziCluster {
  readonly namespace: string;
  readonly cluster: string;
}

const oneLabel = new RegExp(`^${dnsLabel}$`);

/** The Kafka of Strimzi that a Kafka Secret names; undefined where it names none. */
export function strimziCluster(secret: Secret): StrimziCluster | Fault | undefined {
  const data = secretData(secret);
  const namespace = data.get('strimzi.namespace')?.trim();
  const cluster = data.get('strimzi.cluster')?.trim();
  if (namespace === undefined && cluster === undefined) return undefined;
  if (namespace === undefined || !oneLabel.test(namespace)) return keyFault(secret, 'strimzi.namespace');
  if (cluster === undefined || !oneLabel.test(cluster)) return keyFault(secret, 'strimzi.cluster');
  return { namespace, cluster };
}

function keyFault({ metadata }: Secret, key: string): Fault {
  return { reason: 'KafkaSecretInvalid', message: `Secret "${metadata.name}": key "${key}" is not a DNS label: give strimzi.namespace and strimzi.cluster, or neither` };
}

/** What a KafkaTopic of ours asks for, asked of a Topic Operator. `seen` is that KafkaTopic of Strimzi, as it is read. */
export function strimziTopic({ metadata, spec }: Omit<KafkaTopic, 'status'>, { namespace, cluster }: StrimziCluster, seen: KafkaTopic | undefined): StrimziTopic {
  const { topicName, partitions, replicas, config } = spec;
  return {
    apiVersion: strimziApiVersion,
    kind: 'KafkaTopic',
    metadata: {
      namespace,
      name: metadata.name,
      labels: { ...metadata.labels, [label.strimziCluster]: cluster },
      annotations: { [annotation.usedSecret]: spec.kafkaSecret, [annotation.strimziManaged]: String(!isLeftAlone(spec, seen)) },
    },
    spec: { topicName, partitions, replicas, config },
  };
}

/**
 * Whether the Topic Operator is to leave a topic alone, which is what has it outlive its object, whoever deletes that: one that stays (Retain) as soon as it is as asked for,
 * and until something else is asked for; one that is somebody else's from now on at once.
 */
function isLeftAlone(wanted: KafkaTopic['spec'], seen: KafkaTopic | undefined): boolean {
  if (isDeletedWithObject(wanted)) return false;
  if (wanted.policy === 'External') return true;
  return seen !== undefined && topicCheck(seen).ok && asksFor({ ...withKeysOf(wanted, seen.spec), deletionPolicy: wanted.deletionPolicy }, wanted);
}

/** A spec whose settings count as far as they are wanted: others are of whoever looks after the topics with Strimzi. */
export function withKeysOf({ configKeys }: KafkaTopic['spec'], spec: KafkaTopic['spec']): KafkaTopic['spec'] {
  return { ...spec, ...(configKeys && { configKeys }) };
}

/** A KafkaTopic of Strimzi as one of ours. */
export function readStrimziTopic({ apiVersion, kind, metadata, spec = {}, status }: StrimziTopic): KafkaTopic {
  return {
    apiVersion,
    kind,
    metadata,
    spec: {
      topicName: spec.topicName ?? metadata.name,
      kafkaSecret: metadata.annotations?.[annotation.usedSecret] ?? '',
      partitions: spec.partitions ?? 1,
      replicas: spec.replicas ?? 1,
      config: Object.fromEntries(Object.entries(spec.config ?? {}).map(([name, value]) => [name, String(value)])),
      policy: 'Managed',
      deletionPolicy: isManaged(metadata) ? 'Delete' : 'Retain',
    },
    status: { ...(status?.observedGeneration !== undefined && { observedGeneration: status.observedGeneration }), conditions: readyConditions(metadata, status?.conditions) },
  };
}

export function clusterOf({ metadata }: StrimziTopic): StrimziCluster {
  return { namespace: metadata.namespace ?? '', cluster: metadata.labels?.[label.strimziCluster] ?? '' };
}

function isManaged({ annotations }: ObjectMeta): boolean {
  return annotations?.[annotation.strimziManaged] !== 'false';
}

/** What a Topic Operator says, as our condition Ready; none where it says nothing yet. One that leaves the topic alone says only that. */
function readyConditions(metadata: ObjectMeta, conditions: readonly Condition[] | undefined): Condition[] {
  const type = 'Ready';
  const said = (name: string): Condition | undefined => conditionNamed(conditions, name);
  const about = `KafkaTopic "${metadata.namespace}/${metadata.name}"`;
  const ready = said('Ready');
  if (ready?.status === 'True' || (!isManaged(metadata) && said('Unmanaged')?.status === 'True')) return [{ type, status: 'True', reason: 'Ready' }];
  if (said('ReconciliationPaused')?.status === 'True') {
    return [{ type, status: 'Unknown', reason: 'TopicNotReady', message: `${about}: the Topic Operator is paused: take its annotation strimzi.io/pause-reconciliation away` }];
  }
  if (!ready) return [];
  const message = oneLine([about, ready.reason, ready.message].filter(Boolean).join(': '));
  return [{ type, status: ready.status, reason: ready.status === 'False' ? 'TopicRefused' : 'TopicNotReady', message }];
}

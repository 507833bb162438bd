import { label } from '../../contract/names.ts';
import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import type { KafkaTopic } from '../../contract/generated/kafkatopic.ts';
import type { HooksConfig } from '../../hooks/config.ts';
import { hooksConfig, hooksEnvironmentSchema } from '../../hooks/config.ts';
import type { KubernetesObject, ObjectGroups } from '../../hooks/metacontroller.ts';
import { readEnv } from '../../runtime/env.ts';

export const systemNamespace = 'knative-eventing';

/** With these settings of the hooks, and the defaults of all others. */
export function hooksConfigWith(settings: Readonly<Record<string, string>>): HooksConfig {
  const environment = { SYSTEM_NAMESPACE: systemNamespace, RECEIVER_IMAGE: 'receiver:test', DISPATCHER_IMAGE: 'dispatcher:test', ...settings };
  return hooksConfig(readEnv(environment, hooksEnvironmentSchema));
}

export const hooksConfigForTests = hooksConfigWith({});

/** A labelled Secret with this data, in the form that the API server keeps it in. */
export function aSecret(data: Record<string, string>, metadata: Partial<KubernetesObject['metadata']> = {}): KubernetesObject & { data: Record<string, string> } {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: systemNamespace, name: 'kafka', uid: 'secret-uid', resourceVersion: '1', labels: { [label.kafkaSecret]: 'true' }, ...metadata },
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
  };
}

export function aKafkaTopic(spec: Partial<KafkaTopic['spec']> & { topicName: string }, rest: { metadata?: Partial<KafkaTopic['metadata']>; status?: KafkaTopic['status'] } = {}): KafkaTopic {
  return {
    apiVersion: 'knative-kafka.io/v1',
    kind: 'KafkaTopic',
    metadata: { namespace: systemNamespace, name: spec.topicName, uid: 'topic-uid', generation: 1, ...rest.metadata },
    spec: { kafkaSecret: 'kafka', partitions: 3, replicas: 1, config: {}, policy: 'Managed', deletionPolicy: 'Delete', ...spec },
    status: rest.status ?? { observedGeneration: -1 },
  };
}

export function aKafkaConsumerGroup(
  spec: Partial<KafkaConsumerGroup['spec']> & { group: string; topic: string },
  rest: { metadata?: Partial<KafkaConsumerGroup['metadata']>; status?: KafkaConsumerGroup['status'] } = {},
): KafkaConsumerGroup {
  return {
    apiVersion: 'knative-kafka.io/v1',
    kind: 'KafkaConsumerGroup',
    metadata: { namespace: systemNamespace, name: spec.group, uid: 'group-uid', generation: 1, ...rest.metadata },
    spec: { kafkaSecret: 'kafka', startAt: 'latest', ...spec },
    status: rest.status ?? { observedGeneration: -1 },
  };
}

/** What the hook of a namespace asked for, as it is observed once Kafka has the topics. */
export function withReadyTopics<Child extends { kind: string }>(children: readonly Child[]): Child[] {
  const status = { observedGeneration: 1, conditions: [{ type: 'Ready', status: 'True', reason: 'Ready' }] };
  return children.map((child) => (child.kind === 'KafkaTopic' ? { ...child, status } : child));
}

/** Observed objects as Metacontroller sends them. */
export function groupsOf(...objects: readonly { apiVersion: string; kind: string; metadata: KubernetesObject['metadata'] }[]): ObjectGroups {
  const groups: Record<string, Record<string, KubernetesObject>> = {};
  for (const object of objects) {
    const byName = (groups[`${object.kind}.${object.apiVersion}`] ??= {});
    byName[[object.metadata.namespace, object.metadata.name].filter(Boolean).join('/')] = object;
  }
  return groups;
}

/** A value and all that is in it, frozen: writing to it throws. */
export function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) frozen(inner);
    Object.freeze(value);
  }
  return value;
}

import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

import type { KafkaConsumerGroup } from '../contract/generated/kafkaconsumergroup.ts';
import type { KafkaTopic } from '../contract/generated/kafkatopic.ts';
import { planTopic } from '../hooks/kafkatopic/plan.ts';
import type { KubernetesObject } from '../hooks/metacontroller.ts';
import { safeTopicConfig } from '../hooks/secret-limits.ts';
import { applyChildren } from '../local/metacontroller/apply.ts';
import { shippedControllers } from '../local/metacontroller/controllers.ts';
import { ObjectStore } from '../local/metacontroller/store.ts';

const namespace: KubernetesObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', uid: 'shop-uid' } };
const golden = join(import.meta.dirname, 'golden', 'namespace', 'new-subscriber-of-a-channel-whose-topic-is-ready.answer.yaml');
const { attachments } = parse(readFileSync(golden, 'utf8')) as { attachments: KubernetesObject[] };

interface Kinds {
  KafkaTopic: KafkaTopic;
  KafkaConsumerGroup: KafkaConsumerGroup;
}

/** What is there of a kind when its children were applied, edited by hand, and applied again as Metacontroller does by default. */
function repaired<Kind extends keyof Kinds>(kind: Kind, edit: (spec: Kinds[Kind]['spec']) => object): Kinds[Kind] {
  const store = new ObjectStore();
  const controller = shippedControllers().find(({ name }) => name === 'kafka-dispatchers');
  if (!controller) throw new Error('there is no controller "kafka-dispatchers"');
  applyChildren(controller, namespace, attachments, store);
  const only = (): Kinds[Kind] => store.all().find((object) => object.kind === kind) as unknown as Kinds[Kind];
  store.put({ ...only(), spec: edit(only().spec) } as unknown as KubernetesObject);
  applyChildren(controller, namespace, attachments, store);
  return only();
}

describe('what is added by hand to a map of a child, and no merge takes away', () => {
  test('a setting of a topic does not reach Kafka', () => {
    const topic = repaired('KafkaTopic', (spec) => ({ ...spec, config: { ...spec.config, 'cleanup.policy': 'compact' } }));
    expect(topic.spec.config).toHaveProperty(['cleanup.policy']);
    expect(planTopic(topic, undefined, safeTopicConfig).create?.config).toEqual({ 'retention.ms': '604800000' });
  });

  test('nor does one that is listed as well', () => {
    const topic = repaired('KafkaTopic', (spec) => ({ ...spec, config: { ...spec.config, 'cleanup.policy': 'compact' }, configKeys: ['cleanup.policy', 'retention.ms'] }));
    expect(planTopic(topic, undefined, safeTopicConfig).create?.config).toEqual({ 'retention.ms': '604800000' });
  });

  test('a group does not outlive its subscriber', () => {
    expect(repaired('KafkaConsumerGroup', (spec) => ({ ...spec, deletionPolicy: 'Retain' })).spec.deletionPolicy).toBe('Delete');
  });

  test('a replay that is asked for is kept', () => {
    const reset = { id: 'replay-1', to: 'earliest' };
    expect(repaired('KafkaConsumerGroup', (spec) => ({ ...spec, reset })).spec.reset).toEqual(reset);
  });
});

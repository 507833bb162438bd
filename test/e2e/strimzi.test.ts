import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';

import type { KafkaChannel } from '../../contract/generated/kafkachannel.ts';
import { topicName, topicObjectName } from '../../contract/names.ts';
import { conditionNamed } from '../../hooks/conditions.ts';
import type { Condition } from '../../hooks/conditions.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { askBroker } from './broker.ts';
import { channelWith, whenReady } from './channels.ts';
import { strimziTopicDefinition } from './foreign-definitions.ts';
import { installed } from './installed.ts';
import type { Kubernetes } from './kubernetes.ts';
import { renderOperator } from './overlay.ts';
import { kafkaAddress, kafkaSecret, restrictedNamespace, systemNamespace } from './system.ts';

/** Where the tenant is, and where the Kafka of Strimzi is. */
const namespace = 'strimzi-shop';
const place = 'strimzi';
const channel = { namespace, name: 'orders' };
const name = topicObjectName(channel);
const ofStrimzi = strimziTopicDefinition.metadata.name;
const bootstrap = kafkaAddress('KAFKA_BOOTSTRAP');
let kubernetes: Kubernetes;

const keys = (texts: Record<string, string | null>): Promise<string> =>
  kubernetes.patch('secrets', kafkaSecret, systemNamespace, { data: Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, text && Buffer.from(text).toString('base64')])) });

beforeAll(async () => {
  kubernetes = await installed();
  await kubernetes.apply([strimziTopicDefinition, restrictedNamespace(namespace), restrictedNamespace(place)]);
  await kubernetes.run('wait', '--for=condition=Established', 'crd', ofStrimzi, '--timeout=30s');
  // kubectl keeps what kinds there are for hours.
  await kubernetes.run('api-resources');
  await kubernetes.apply(await renderOperator(kubernetes, join('components', 'strimzi')));
  await keys({ 'strimzi.namespace': place, 'strimzi.cluster': 'my-cluster' });
}, 300_000);

afterAll(async () => {
  await keys({ 'strimzi.namespace': null, 'strimzi.cluster': null });
  await kubernetes.run('delete', 'namespace', namespace, place, '--timeout=90s');
  await kubernetes.apply(await renderOperator(kubernetes));
  await kubernetes.run('delete', 'clusterrole,clusterrolebinding', 'knative-kafka-strimzi-topics');
  await kubernetes.run('delete', 'crd', ofStrimzi, '--timeout=30s');
}, 180_000);

/** The part of Strimzi's Topic Operator: says how the topic is, of the generation that there is. */
async function topicOperatorSays(condition: Partial<Condition>): Promise<void> {
  const topic = await kubernetes.get(ofStrimzi, name, place);
  await kubernetes.patch(ofStrimzi, name, place, { status: { observedGeneration: topic?.metadata.generation, conditions: [{ status: 'True', ...condition }] } }, '--subresource=status');
}

const topicReady = (object: KubernetesObject): Condition | undefined => conditionNamed((object as unknown as KafkaChannel).status.conditions, 'TopicReady');
const channelWhen = (wanted: (condition: Condition | undefined) => boolean): Promise<KubernetesObject> => kubernetes.when('kafkachannels', channel.name, namespace, (object) => wanted(topicReady(object)));
const topicWhenManaged = (managed: string): Promise<KubernetesObject> => kubernetes.when(ofStrimzi, name, place, ({ metadata }) => metadata.annotations?.['strimzi.io/managed'] === managed);

describe('with the component strimzi, a KafkaChannel on a Kafka of Strimzi', () => {
  test('K3: asks for its topic by Strimzi\'s KafkaTopic alone, which kubectl get kafkatopics shows', async () => {
    await kubernetes.apply([channelWith(channel, { numPartitions: 3, subscribers: [{ uid: 'uid-a', name: 'a', generation: 1, subscriberUri: 'http://a.strimzi-shop.svc.cluster.local' }] })]);
    const topic = await kubernetes.when('kafkatopics', name, place, () => true);
    expect(topic).toMatchObject({ apiVersion: 'kafka.strimzi.io/v1', metadata: { labels: { 'strimzi.io/cluster': 'my-cluster' } }, spec: { topicName: topicName(channel), partitions: 3, replicas: 1, config: { 'retention.ms': '604800000' } } });
    expect(await kubernetes.get('kct', name, systemNamespace)).toBeUndefined();
  }, 120_000);

  test('says what the Topic Operator refuses', async () => {
    await topicOperatorSays({ type: 'Ready', status: 'False', reason: 'KafkaError', message: 'no such replicas' });
    const told = await channelWhen((condition) => condition?.reason === 'TopicRefused');
    expect(topicReady(told)).toMatchObject({ status: 'False', message: `KafkaTopic "${place}/${name}": KafkaError: no such replicas` });
  }, 60_000);

  test('is Ready, and its subscriber, once the topic is', async () => {
    await askBroker(bootstrap, (admin) => admin.createTopics({ topics: [{ topic: topicName(channel), numPartitions: 3, replicationFactor: 1 }], waitForLeaders: true }));
    await topicOperatorSays({ type: 'Ready' });
    await whenReady(kubernetes, channel);
  }, 120_000);

  test('waits for the Topic Operator with each change', async () => {
    await kubernetes.patch('kafkachannels', channel.name, namespace, { spec: { numPartitions: 4 } });
    await channelWhen((condition) => condition?.reason === 'TopicPending');
    await kubernetes.when(ofStrimzi, name, place, ({ spec }) => (spec as { partitions: number }).partitions === 4);
    await topicOperatorSays({ type: 'Ready' });
    await channelWhen((condition) => condition?.status === 'True');
  }, 60_000);

  test('that retains its topic has the Topic Operator leave it alone, and take it back', async () => {
    await kubernetes.patch('kafkachannels', channel.name, namespace, { spec: { topic: { deletionPolicy: 'Retain' } } });
    await topicWhenManaged('false');
    await topicOperatorSays({ type: 'Unmanaged' });
    await channelWhen((condition) => condition?.status === 'True');
    await kubernetes.patch('kafkachannels', channel.name, namespace, { spec: { topic: { deletionPolicy: 'Delete' } } });
    await topicWhenManaged('true');
    await topicOperatorSays({ type: 'Ready' });
    await channelWhen((condition) => condition?.status === 'True');
  }, 120_000);

  test('takes its KafkaTopic with it', async () => {
    await kubernetes.run('delete', 'kafkachannel', channel.name, '-n', namespace, '--timeout=30s');
    await kubernetes.gone(ofStrimzi, name, place);
  }, 60_000);
});

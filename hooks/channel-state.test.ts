import { describe, expect, test } from '@jest/globals';

import type { KafkaChannel } from '../contract/generated/kafkachannel.ts';
import { groupId, topicObjectName } from '../contract/names.ts';
import { createLogger } from '../runtime/log.ts';
import { aKafkaConsumerGroup, aKafkaTopic, aSecret, groupsOf, hooksConfigForTests } from '../test/support/hook-objects.ts';
import { kafkaWith } from '../test/support/kafka-fake.ts';
import { notedChannelState, notedFinding } from './channel-state.ts';
import type { CompositeAnswer, DecoratorAnswer, KubernetesObject } from './metacontroller.ts';
import { hookRoutes } from './routes.ts';

const hooks = hookRoutes({ config: hooksConfigForTests, kafka: kafkaWith({}), logger: createLogger('test', 'silent'), now: () => new Date('2026-11-22T09:00:00Z') });
const secret = aSecret({ 'bootstrap.servers': 'k:9092' });
const key = { namespace: 'shop', name: 'orders' };
const subscribers = ['a', 'b', 'c'].map((uid) => ({ uid, generation: 1, subscriberUri: 'http://there.example/' }));
const channel = {
  apiVersion: 'messaging.knative.dev/v1', kind: 'KafkaChannel', metadata: { ...key, uid: 'uid', generation: 1 }, spec: { numPartitions: 4, replicationFactor: 1, retentionDuration: 'PT168H', subscribers }, status: {},
} as unknown as KafkaChannel;
const ready = { observedGeneration: 1, conditions: [{ type: 'Ready', status: 'True' as const, reason: 'Ready' }] };
const topic = aKafkaTopic({ topicName: topicObjectName(key), partitions: 4, config: { 'retention.ms': '604800000' } }, { status: ready });
const groupNamed = (uid: string, status: object): KubernetesObject => aKafkaConsumerGroup({ group: groupId(key, uid), topic: topic.spec.topicName }, { status: status }) as unknown as KubernetesObject;
const available = { availableReplicas: 1, conditions: [{ type: 'Available', status: 'True' }] };

type Observed = { apiVersion: string; kind: string; metadata: KubernetesObject['metadata'] }[];

/** What the hook of the namespace makes of these. */
async function configMapFor(...attachments: Observed): Promise<KubernetesObject> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
  const { attachments: made = [] } = (await hooks.get('/namespace/sync')?.({ object: namespace, attachments: groupsOf(...attachments), related: groupsOf(secret, channel), finalizing: false })) as DecoratorAnswer;
  return (made as KubernetesObject[]).find(({ kind }) => kind === 'ConfigMap') as KubernetesObject;
}

async function receiverService(...attachments: Observed): Promise<KubernetesObject> {
  const { attachments: made = [] } = (await hooks.get('/secret/sync')?.({ object: secret, attachments: groupsOf(...attachments), related: { 'KafkaTopic.knative-kafka.io/v1': {} }, finalizing: false })) as DecoratorAnswer;
  return (made as KubernetesObject[]).find(({ kind }) => kind === 'Service') as KubernetesObject;
}

async function statusWith(...related: Observed): Promise<KafkaChannel['status']> {
  const { status } = (await hooks.get('/kafkachannel/sync')?.({ parent: channel, children: {}, related: { 'ConfigMap.v1': {}, 'Service.v1': {}, ...groupsOf(secret, ...related) }, finalizing: false })) as CompositeAnswer;
  return status as KafkaChannel['status'];
}

const told = (status: KafkaChannel['status'], type: string): string | undefined => status.conditions?.find((condition) => condition.type === type)?.reason;
const withoutNote = (object: KubernetesObject): KubernetesObject => ({ ...object, metadata: { ...object.metadata, annotations: {} } });

describe('a channel that was deleted and made again with another topic, before its KafkaTopic was gone', () => {
  const before = aKafkaTopic({ topicName: 'before', partitions: 4, config: { 'retention.ms': '604800000' } }, { metadata: { name: topicObjectName(key) }, status: ready });
  const topicOfFile = ({ data }: KubernetesObject): unknown => (JSON.parse((data as Record<string, string>)['dispatcher.json'] ?? '') as { topic: string }).topic;

  test('is not Ready, says what to do, and has its subscribers where its receivers are', async () => {
    const configMap = await configMapFor(before);
    expect(topicOfFile(configMap)).toBe('before');
    const status = await statusWith(configMap);
    expect(told(status, 'Ready')).toBe('TopicTaken');
    expect(status.annotations).toMatchObject({ 'default.topic': 'before' });
  });

  test('waits for a KafkaTopic that is going, and has its own topic then', async () => {
    const configMap = await configMapFor({ ...before, metadata: { ...before.metadata, deletionTimestamp: '2026-11-22T08:59:58Z' } });
    expect(topicOfFile(configMap)).toBe(topic.spec.topicName);
    const status = await statusWith(configMap);
    expect(told(status, 'ConfigurationReady')).toBe('Ready');
    expect(told(status, 'TopicReady')).toBe('Deleting');
  });
});

describe('what one hook notes', () => {
  test('another tells in the status of the channel: topic, groups, dispatcher and receiver', async () => {
    const dispatcher = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: (await configMapFor()).metadata, status: available };
    const unreachable = { observedGeneration: 1, conditions: [{ type: 'Ready', status: 'Unknown', reason: 'KafkaUnreachable', message: 'Kafka does not answer' }] };
    const configMap = await configMapFor(topic, groupNamed('a', ready), groupNamed('b', unreachable), dispatcher);
    const receiver = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace: 'knative-eventing', name: 'kafka-receiver-kafka' }, status: available };
    const status = await statusWith(configMap, await receiverService(receiver));
    expect(['TopicReady', 'DispatcherReady', 'ReceiverReady'].map((type) => told(status, type))).toEqual(['Ready', 'Ready', 'Ready']);
    expect(status.subscribers).toEqual([
      { uid: 'a', observedGeneration: 1, ready: 'True' },
      { uid: 'b', observedGeneration: 1, ready: 'Unknown', message: 'Kafka does not answer' },
      { uid: 'c', observedGeneration: 1, ready: 'Unknown', message: `waiting for KafkaConsumerGroup "${groupId(key, 'c')}"` },
    ]);
  });

  test('is of what was observed: nothing of a topic that is there and was not looked at', async () => {
    expect(told(await statusWith(await configMapFor(), await receiverService()), 'TopicReady')).toBe('TopicPending');
    expect(told(await statusWith(await configMapFor(), await receiverService()), 'ReceiverReady')).toBe('DeploymentPending');
  });

  test('changes with what is told alone, for each change is a write', async () => {
    const fresh = { observedGeneration: -1 };
    const [first, later] = await Promise.all([configMapFor(topic), configMapFor(topic, groupNamed('a', fresh), groupNamed('b', fresh))]);
    expect(later.metadata.annotations).toEqual(first.metadata.annotations);
    const lag = groupNamed('a', { ...ready, lag: '>1000', members: 3 });
    expect((await configMapFor(topic, lag)).metadata.annotations).toEqual((await configMapFor(topic, groupNamed('a', ready))).metadata.annotations);
  });

  test('is not guessed at where somebody took it away, or wrote another: nothing is told until it is written again (H9)', async () => {
    const configMap = await configMapFor(topic);
    await expect(statusWith(withoutNote(configMap))).rejects.toThrow('annotation knative-kafka.io/state of ConfigMap "orders-shop-644f7b8cf5aca6ae-dispatcher" cannot be read');
    await expect(statusWith(configMap, withoutNote(await receiverService()))).rejects.toThrow('annotation knative-kafka.io/state of Service "kafka-receiver-kafka" cannot be read');
    const { annotations } = configMap.metadata;
    for (const text of ['', '{', 'null', '{"ok":true}', '{"ok":true,"reason":"Fine"}', '{"brotli":"AAAA"}']) {
      const forged = { ...configMap, metadata: { ...configMap.metadata, annotations: { ...annotations, 'knative-kafka.io/state': text } } };
      expect(() => notedChannelState(forged)).toThrow('cannot be read');
      if (text !== '{"ok":true}') expect(() => notedFinding(forged)).toThrow('cannot be read');
    }
  });
});

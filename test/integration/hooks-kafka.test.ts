import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import type { KafkaTopic } from '../../contract/generated/kafkatopic.ts';
import type { AdminCall } from '../../hooks/kafka/admin-call.ts';
import { KafkaClients } from '../../hooks/kafka/kafka-clients.ts';
import type { CompositeAnswer } from '../../hooks/metacontroller.ts';
import { hookRoutes } from '../../hooks/routes.ts';
import { createLogger } from '../../runtime/log.ts';
import { aKafkaConsumerGroup, aKafkaTopic, aSecret, frozen, groupsOf, hooksConfigForTests } from '../support/hook-objects.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import { createTopic, kafkajsClient, withAdmin, withProducer } from '../support/kafkajs.ts';

const logger = createLogger('test', 'silent');
const calls: AdminCall[] = [];
const kafkaClients = new KafkaClients({ timeoutMs: 4000, logger, called: (call) => calls.push(call) });
const hooks = hookRoutes({ config: hooksConfigForTests, kafka: kafkaClients, logger, now: () => new Date() });
/** The machine may be busy with other suites. */
jest.setTimeout(60_000);
let broker: TestKafka;
let secret: ReturnType<typeof aSecret>;

beforeAll(async () => {
  broker = await testKafka();
  secret = aSecret({ 'bootstrap.servers': broker.bootstrap });
}, 90_000);
afterAll(async () => {
  await kafkaClients.close();
  await broker.stop();
});

type Answer<T extends { status: unknown }> = CompositeAnswer & { status: T['status'] };

async function call(path: string, parent: object, ...related: KafkaTopic[]): Promise<CompositeAnswer> {
  const hook = hooks.get(path);
  if (!hook) throw new Error(`no hook ${path}`);
  return (await hook(frozen({ parent, children: {}, related: groupsOf(secret, ...related), finalizing: path.endsWith('/finalize') }))) as CompositeAnswer;
}

/** Syncs until nothing is Unknown any more, as Metacontroller does when asked to come again: what one part of a broker has made, another learns of later. */
async function settled<T extends KafkaTopic | KafkaConsumerGroup>(path: string, object: T): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (let current = object; ; await delay(50)) {
    const { status } = (await call(path, current)) as Answer<T>;
    const ready = status.conditions?.[0];
    if (ready?.status !== 'Unknown') return { ...object, status };
    if (Date.now() > deadline) throw new Error(`${path}: ${object.metadata.name} is Unknown after 20 s: ${JSON.stringify(ready)}`);
    current = { ...object, status };
  }
}

async function syncTopic(topic: KafkaTopic): Promise<KafkaTopic> {
  return await settled('/kafkatopic/sync', topic);
}

async function syncGroup(group: KafkaConsumerGroup): Promise<KafkaConsumerGroup> {
  return await settled('/kafkaconsumergroup/sync', group);
}

/** Waits, 10 s at most, until the witness sees this. */
async function eventually<T>(see: () => Promise<T>, want: T): Promise<void> {
  const deadline = Date.now() + 10_000;
  let seen = await see();
  while (!isDeepStrictEqual(seen, want) && Date.now() < deadline) {
    await delay(100);
    seen = await see();
  }
  expect(seen).toEqual(want);
}

function readyOf({ status }: KafkaTopic | KafkaConsumerGroup): { status?: string; reason?: string; message?: string } {
  const { status: value, reason, message } = status.conditions?.find(({ type }) => type === 'Ready') ?? {};
  return { ...(value && { status: value }), ...(reason && { reason }), ...(message && { message }) };
}

async function partitionsOf(topic: string): Promise<number> {
  return await withAdmin(broker.bootstrap, async (admin) => (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions.length ?? 0);
}

async function settingsOf(topic: string, ...names: string[]): Promise<Record<string, string>> {
  return await withAdmin(broker.bootstrap, async (admin) => {
    const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }] });
    const entries = resources[0]?.configEntries ?? [];
    return Object.fromEntries(entries.filter(({ configName }) => names.includes(configName)).map(({ configName, configValue }) => [configName, configValue]));
  });
}

async function topics(): Promise<string[]> {
  return await withAdmin(broker.bootstrap, (admin) => admin.listTopics());
}

async function offsets(group: string, topic: string): Promise<Record<number, string>> {
  return await withAdmin(broker.bootstrap, async (admin) => {
    const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
    return Object.fromEntries((found?.partitions ?? []).map(({ partition, offset }) => [partition, offset]));
  });
}

async function send(topic: string, ...events: { partition: number; timestamp?: string }[]): Promise<void> {
  await withProducer(broker.bootstrap, (producer) => producer.send({ topic, messages: events.map((event) => ({ value: 'x', ...event })) }));
}

function deleting<T extends KafkaTopic | KafkaConsumerGroup>(object: T, secondsAgo = 0): T {
  return { ...object, metadata: { ...object.metadata, deletionTimestamp: new Date(Date.now() - secondsAgo * 1000).toISOString() } };
}

describe('a KafkaTopic', () => {
  test('is created, grown and altered, and deleted with its object', async () => {
    const created = await syncTopic(aKafkaTopic({ topicName: 'orders', config: { 'retention.ms': '3600000', 'cleanup.policy': 'compact' } }));
    expect(readyOf(created)).toEqual({ status: 'True', reason: 'Ready' });
    expect(created.status).toMatchObject({ observedGeneration: 1, partitions: 3, topicId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    await eventually(() => partitionsOf('orders'), 3);
    await eventually(() => settingsOf('orders', 'retention.ms', 'cleanup.policy'), { 'retention.ms': '3600000', 'cleanup.policy': 'compact' });

    const grown = await syncTopic({ ...created, spec: { ...created.spec, partitions: 5, config: { 'retention.ms': '7200000' } } });
    expect(grown.status).toMatchObject({ partitions: 5, topicId: created.status.topicId });
    await eventually(() => partitionsOf('orders'), 5);
    await eventually(() => settingsOf('orders', 'retention.ms', 'cleanup.policy'), { 'retention.ms': '7200000', 'cleanup.policy': 'delete' });
    expect((await syncTopic(grown)).status).toEqual(grown.status);

    expect(await call('/kafkatopic/finalize', deleting(grown))).toMatchObject({ finalized: true });
    await eventually(async () => (await topics()).includes('orders'), false);
  });

  test('that was changed by hand is as asked for after the next sync', async () => {
    const created = await syncTopic(aKafkaTopic({ topicName: 'drifting', config: { 'retention.ms': '3600000' } }));
    const configEntries = [{ name: 'retention.ms', value: '1000' }, { name: 'cleanup.policy', value: 'compact' }];
    await withAdmin(broker.bootstrap, (admin) => admin.alterConfigs({ validateOnly: false, resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: 'drifting', configEntries }] }));
    await eventually(() => settingsOf('drifting', 'retention.ms', 'cleanup.policy'), { 'retention.ms': '1000', 'cleanup.policy': 'compact' });
    expect((await syncTopic(created)).status).toEqual(created.status);
    await eventually(() => settingsOf('drifting', 'retention.ms', 'cleanup.policy'), { 'retention.ms': '3600000', 'cleanup.policy': 'delete' });
  });

  test('that grows at the same time as others gets its own partitions', async () => {
    const names = ['grow-a', 'grow-b', 'grow-c'];
    const created = await Promise.all(names.map((topicName) => syncTopic(aKafkaTopic({ topicName, partitions: 1 }))));
    await Promise.all(created.map((topic, index) => syncTopic({ ...topic, spec: { ...topic.spec, partitions: 2 + index } })));
    await eventually(() => Promise.all(names.map(partitionsOf)), [2, 3, 4]);
  });

  test('that was there before is used, said so, and never deleted', async () => {
    await createTopic(broker.bootstrap, 'found', 2);
    const found = await syncTopic(aKafkaTopic({ topicName: 'found', partitions: 4 }));
    expect(readyOf(found)).toEqual({ status: 'True', reason: 'TopicFound', message: 'topic "found" was there before: it is used, and never deleted' });
    expect(found.status).not.toHaveProperty('topicId');
    await eventually(() => partitionsOf('found'), 4);
    expect(await call('/kafkatopic/finalize', deleting(found))).toMatchObject({ finalized: true });
    await eventually(async () => (await topics()).includes('found'), true);
  });

  test('T3: found under a name that is not the channel\'s own is not altered', async () => {
    await createTopic(broker.bootstrap, 'elsewhere', 2);
    const metadata = { name: 'knative-messaging-kafka.shop.orders' };
    const found = await syncTopic(aKafkaTopic({ topicName: 'elsewhere', partitions: 4, config: { 'retention.ms': '1000' } }, { metadata }));
    expect(readyOf(found)).toMatchObject({ status: 'True', reason: 'TopicFound' });
    await eventually(() => partitionsOf('elsewhere'), 2);
    await eventually(() => settingsOf('elsewhere', 'retention.ms'), { 'retention.ms': '604800000' });
  });

  test('made again by somebody else under the same name is not deleted', async () => {
    const created = await syncTopic(aKafkaTopic({ topicName: 'remade' }));
    await withAdmin(broker.bootstrap, (admin) => admin.deleteTopics({ topics: ['remade'] }));
    await createTopic(broker.bootstrap, 'remade', 3);
    expect(await call('/kafkatopic/finalize', deleting(created))).toMatchObject({ finalized: true });
    await eventually(async () => (await topics()).includes('remade'), true);
  });

  test('that somebody deleted is made again', async () => {
    const created = await syncTopic(aKafkaTopic({ topicName: 'lost' }));
    await withAdmin(broker.bootstrap, (admin) => admin.deleteTopics({ topics: ['lost'] }));
    const again = await syncTopic(created);
    expect(readyOf(again)).toEqual({ status: 'True', reason: 'Ready' });
    expect(again.status.topicId).not.toBe(created.status.topicId);
    await eventually(async () => (await topics()).includes('lost'), true);
  });

  test('with policy External is never created, altered or deleted', async () => {
    const missing = await syncTopic(aKafkaTopic({ topicName: 'theirs', policy: 'External' }));
    expect(readyOf(missing)).toMatchObject({ status: 'False', reason: 'TopicMissing' });
    expect(await topics()).not.toContain('theirs');
    await createTopic(broker.bootstrap, 'theirs', 1);
    const used = await syncTopic(missing);
    expect(readyOf(used)).toMatchObject({ status: 'True', reason: 'TopicExternal' });
    expect(used.status).toMatchObject({ partitions: 1 });
    await call('/kafkatopic/finalize', deleting(used));
    await eventually(async () => (await topics()).includes('theirs'), true);
  });

  test('with deletionPolicy Retain stays', async () => {
    const created = await syncTopic(aKafkaTopic({ topicName: 'kept', deletionPolicy: 'Retain' }));
    expect(await call('/kafkatopic/finalize', deleting(created))).toMatchObject({ finalized: true });
    await eventually(async () => (await topics()).includes('kept'), true);
  });

  test('that Kafka refuses says so in its own words', async () => {
    const refused = await syncTopic(aKafkaTopic({ topicName: 'wide', replicas: 3 }));
    expect(readyOf(refused)).toMatchObject({ status: 'False', reason: 'KafkaRefused', message: expect.stringContaining('INVALID_REPLICATION_FACTOR') });
    const misconfigured = await syncTopic(aKafkaTopic({ topicName: 'odd', config: { 'retention.ms': 'soon' } }));
    expect(readyOf(misconfigured)).toMatchObject({ status: 'False', reason: 'KafkaRefused', message: expect.stringContaining('retention.ms') });
  });

  test('M1: has each call told of, with what came of it', async () => {
    calls.length = 0;
    await syncTopic(aKafkaTopic({ topicName: 'told' }));
    await syncTopic(aKafkaTopic({ topicName: 'untold', replicas: 3 }));
    const told = calls.map(({ operation, outcome }) => `${operation} ${outcome}`);
    expect(told).toEqual(['describe_topic missing', 'create_topic ok', 'describe_topic missing', 'create_topic refused']);
    expect(calls.filter(({ seconds }) => !(seconds > 0 && seconds < 30))).toEqual([]);
  });
});

describe('a KafkaConsumerGroup', () => {
  test('has an offset for every partition when it is Ready: latest', async () => {
    await createTopic(broker.bootstrap, 'latest', 3);
    await send('latest', { partition: 0 }, { partition: 0 }, { partition: 2 });
    const group = await syncGroup(aKafkaConsumerGroup({ group: 'g-latest', topic: 'latest' }));
    expect(group.status).toMatchObject({ initialized: true, partitions: 3, observedGeneration: 1 });
    await eventually(() => offsets('g-latest', 'latest'), { 0: '2', 1: '0', 2: '1' });
    await send('latest', { partition: 1 });
    expect((await syncGroup(group)).status).toEqual(group.status);
    await eventually(() => offsets('g-latest', 'latest'), { 0: '2', 1: '0', 2: '1' });
  }, 30_000);

  test('starts at the earliest event, or at a time', async () => {
    await createTopic(broker.bootstrap, 'past', 2);
    await send('past', { partition: 0, timestamp: '1000000000000' }, { partition: 0, timestamp: '1500000000000' }, { partition: 1, timestamp: '1000000000000' });
    await syncGroup(aKafkaConsumerGroup({ group: 'g-earliest', topic: 'past', startAt: 'earliest' }));
    await eventually(() => offsets('g-earliest', 'past'), { 0: '0', 1: '0' });
    await syncGroup(aKafkaConsumerGroup({ group: 'g-time', topic: 'past', startAt: '2010-01-01T00:00:00Z' }));
    await eventually(() => offsets('g-time', 'past'), { 0: '1', 1: '1' });
  }, 30_000);

  test('starts partitions that are added later at their first event', async () => {
    await createTopic(broker.bootstrap, 'growing', 1);
    const group = await syncGroup(aKafkaConsumerGroup({ group: 'g-growing', topic: 'growing' }));
    await withAdmin(broker.bootstrap, (admin) => admin.createPartitions({ topicPartitions: [{ topic: 'growing', count: 2 }] }));
    await send('growing', { partition: 1 }, { partition: 1 });
    const grown = await syncGroup(group);
    expect(grown.status.partitions).toBe(2);
    await eventually(() => offsets('g-growing', 'growing'), { 0: '0', 1: '0' });
  }, 30_000);

  test('waits for its topic', async () => {
    const group = aKafkaConsumerGroup({ group: 'g-waiting', topic: 'waiting', channel: 'shop/orders' });
    const { status, resyncAfterSeconds } = (await call('/kafkaconsumergroup/sync', group)) as Answer<KafkaConsumerGroup> & { resyncAfterSeconds?: number };
    expect(readyOf({ ...group, status })).toMatchObject({ status: 'Unknown', reason: 'TopicNotReady' });
    expect(status.initialized).not.toBe(true);
    expect(resyncAfterSeconds).toBeGreaterThan(0);
    await createTopic(broker.bootstrap, 'waiting', 1);
    expect(readyOf(await syncGroup({ ...group, status }))).toEqual({ status: 'True', reason: 'Ready' });
  }, 30_000);

  test('with members is left to its dispatcher once it has started, is not started by us before, and is deleted when they have left', async () => {
    await createTopic(broker.bootstrap, 'busy', 1);
    const group = await syncGroup(aKafkaConsumerGroup({ group: 'g-busy', topic: 'busy' }));
    const consumer = kafkajsClient(broker.bootstrap).consumer({ groupId: 'g-busy', allowAutoTopicCreation: false });
    const joined = new Promise((resolve) => consumer.on('consumer.group_join', resolve));
    await consumer.connect();
    try {
      await consumer.subscribe({ topic: 'busy' });
      await consumer.run({ autoCommit: false, eachMessage: () => Promise.resolve() });
      await joined;
      await withAdmin(broker.bootstrap, (admin) => admin.createPartitions({ topicPartitions: [{ topic: 'busy', count: 2 }] }));
      expect(readyOf(await syncGroup(group))).toEqual({ status: 'True', reason: 'Ready' });
      const fresh = (await call('/kafkaconsumergroup/sync', { ...group, status: { observedGeneration: -1 } })) as Answer<KafkaConsumerGroup>;
      expect(fresh.status.conditions?.[0]).toMatchObject({ status: 'Unknown', reason: 'GroupActive' });
      expect(await call('/kafkaconsumergroup/finalize', deleting(group, 60))).toMatchObject({ finalized: false, resyncAfterSeconds: 2, status: { initialized: true } });
      expect(await call('/kafkaconsumergroup/finalize', deleting(group, 180))).toMatchObject({ finalized: true });
    } finally {
      await consumer.disconnect();
    }
    expect(await call('/kafkaconsumergroup/finalize', deleting(group))).toMatchObject({ finalized: true });
    const { groups } = await withAdmin(broker.bootstrap, (admin) => admin.listGroups());
    expect(groups.map(({ groupId }) => groupId)).not.toContain('g-busy');
    expect(await call('/kafkaconsumergroup/finalize', deleting(group))).toMatchObject({ finalized: true });
  }, 60_000);
});

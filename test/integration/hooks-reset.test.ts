import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Consumer } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';

import { dispatcherFileName, parseDispatcherFile } from '../../contract/dispatcher-file.ts';
import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import { KafkaClients } from '../../hooks/kafka/kafka-clients.ts';
import type { CompositeAnswer, DecoratorAnswer } from '../../hooks/metacontroller.ts';
import { hookRoutes } from '../../hooks/routes.ts';
import { createLogger } from '../../runtime/log.ts';
import { aKafkaConsumerGroup, aSecret, frozen, groupsOf, hooksConfigForTests } from '../support/hook-objects.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import { kafkajsClient, withAdmin, withProducer } from '../support/kafkajs.ts';

const logger = createLogger('test', 'silent');
const kafkaClients = new KafkaClients({ timeoutMs: 4000, logger });
let clock = Date.parse('2026-11-22T09:00:00Z');
const hooks = hookRoutes({ config: hooksConfigForTests, kafka: kafkaClients, logger, now: () => new Date(clock) });
const topic = 'knative-messaging-kafka.shop.orders';
const groupName = 'kafka.shop.orders.a-1';
const newGroup = aKafkaConsumerGroup({ group: groupName, topic });
/** The machine may be busy with other suites. */
jest.setTimeout(120_000);
let broker: TestKafka;
let secret: ReturnType<typeof aSecret>;

beforeAll(async () => {
  broker = await testKafka();
  secret = aSecret({ 'bootstrap.servers': broker.bootstrap });
  const configEntries = [{ name: 'retention.ms', value: '-1' }];
  await withAdmin(broker.bootstrap, (admin) => admin.createTopics({ topics: [{ topic, numPartitions: 2, replicationFactor: 1, configEntries }], waitForLeaders: true }));
  const old = String(Date.parse('2020-01-01T00:00:00Z'));
  const messages = [0, 0, 0, 1].map((partition) => ({ partition, value: 'x', timestamp: old }));
  await withProducer(broker.bootstrap, (producer) => producer.send({ topic, messages: [...messages, { partition: 0, value: 'y' }] }));
}, 120_000);
afterAll(async () => {
  await kafkaClients.close();
  await broker.stop();
});

async function ask(path: string, request: object): Promise<unknown> {
  return await hooks.get(path)?.(frozen({ finalizing: false, ...request }));
}

async function syncedOnce(group: KafkaConsumerGroup): Promise<KafkaConsumerGroup> {
  const { status } = (await ask('/kafkaconsumergroup/sync', { parent: group, children: {}, related: groupsOf(secret) })) as CompositeAnswer;
  return { ...group, status: status as KafkaConsumerGroup['status'] };
}

/** Syncs, for 30 s at most, until the group is like this. */
async function synced(group: KafkaConsumerGroup, isDone: (status: KafkaConsumerGroup['status']) => boolean): Promise<KafkaConsumerGroup> {
  const deadline = Date.now() + 30_000;
  let current = await syncedOnce(group);
  while (!isDone(current.status)) {
    if (Date.now() > deadline) throw new Error(`the group is not as wanted after 30 s: ${JSON.stringify(current.status)}`);
    await delay(100);
    current = await syncedOnce(current);
  }
  return current;
}

function withReset(group: KafkaConsumerGroup, id: string, to: string): KafkaConsumerGroup {
  return { ...group, metadata: { ...group.metadata, generation: (group.metadata.generation ?? 0) + 1 }, spec: { ...group.spec, reset: { id, to } } };
}

async function offsets(): Promise<string> {
  const [found] = await withAdmin(broker.bootstrap, (admin) => admin.fetchOffsets({ groupId: groupName, topics: [topic] }));
  return (found?.partitions ?? []).map(({ partition, offset }) => `${partition}:${offset}`).sort().join(',');
}

/** Subscriptions that the channel's dispatcher is told to run. */
async function listed(group: KafkaConsumerGroup): Promise<string[]> {
  const channel = {
    apiVersion: 'messaging.knative.dev/v1',
    kind: 'KafkaChannel',
    metadata: { namespace: 'shop', name: 'orders', uid: 'channel-uid' },
    spec: { numPartitions: 2, replicationFactor: 1, retentionDuration: 'PT168H', subscribers: [{ uid: 'a-1', subscriberUri: 'http://a.shop/' }] },
  };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', uid: 'shop-uid' } };
  const { attachments = [] } = (await ask('/namespace/sync', { object: namespace, attachments: groupsOf(group), related: groupsOf(secret, channel) })) as DecoratorAnswer;
  const configMap = attachments.find((child) => (child as { kind?: string }).kind === 'ConfigMap') as { data: Record<string, string> };
  return parseDispatcherFile(configMap.data[dispatcherFileName] ?? '').subscriptions.map(({ uid }) => uid);
}

/** A member of the group, as a dispatcher is. */
async function joined(): Promise<Consumer> {
  const consumer = kafkajsClient(broker.bootstrap).consumer({ groupId: groupName, allowAutoTopicCreation: false });
  const join = new Promise((resolve) => consumer.on('consumer.group_join', resolve));
  await consumer.connect();
  await consumer.subscribe({ topic });
  await consumer.run({ autoCommit: false, eachMessage: () => Promise.resolve() });
  await join;
  return consumer;
}

describe('a KafkaConsumerGroup with a reset', () => {
  test('that is active is left by its dispatcher, moved, and listed again, ten times in a row', async () => {
    let group = await synced(newGroup, ({ initialized }) => initialized === true);
    expect(await offsets()).toBe('0:4,1:1');
    for (let round = 1; round <= 10; round += 1) {
      const back = round % 2 === 1;
      const [from, to] = back ? ['0:4,1:1', '0:0,1:0'] : ['0:0,1:0', '0:4,1:1'];
      expect(await listed(group)).toEqual(['a-1']);
      const dispatcher = await joined();
      try {
        group = await syncedOnce(withReset(group, `replay-${round}`, back ? 'earliest' : 'latest'));
        expect(group.status).toMatchObject({ resetting: `replay-${round}`, initialized: true });
        expect(group.status.conditions).toContainEqual(expect.objectContaining({ type: 'ResetDone', status: 'Unknown', reason: 'Resetting' }));
        expect(await offsets()).toBe(from);
        expect(await listed(group)).toEqual([]);
      } finally {
        await dispatcher.disconnect();
      }
      group = await synced(group, ({ resetting }) => resetting === undefined);
      expect(group.status.reset).toEqual({ id: `replay-${round}`, from, to, at: '2026-11-22T09:00:00Z' });
      expect(group.status.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'True' });
      expect(await offsets()).toBe(to);
    }
    expect((await syncedOnce(group)).status).toEqual(group.status);
    expect(await listed(group)).toEqual(['a-1']);
  });

  test('goes to a time, to offsets, and back', async () => {
    const started = await synced(newGroup, ({ initialized }) => initialized === true);
    const before = await offsets();
    const timed = await syncedOnce(withReset(started, 'time', '2021-01-01T00:00:00Z'));
    expect(timed.status.reset).toMatchObject({ id: 'time', from: before, to: '0:3,1:1' });
    const placed = await syncedOnce(withReset(timed, 'offsets', '0:2'));
    expect(placed.status.reset).toMatchObject({ id: 'offsets', from: '0:3', to: '0:2' });
    expect(await offsets()).toBe('0:2,1:1');
    const undone = await syncedOnce(withReset(placed, 'undo', timed.status.reset?.from ?? ''));
    expect(undone.status.reset).toMatchObject({ id: 'undo', to: before });
    expect(await offsets()).toBe(before);
  });

  test('that says no place is refused, and delivery goes on', async () => {
    const started = await synced(newGroup, ({ initialized }) => initialized === true);
    const before = await offsets();
    const refused = await syncedOnce(withReset(started, 'bad', '7:0'));
    expect(refused.status.conditions).toContainEqual(expect.objectContaining({ type: 'ResetDone', status: 'False', reason: 'ResetInvalid' }));
    expect(refused.status.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'True' });
    expect(refused.status).not.toHaveProperty('reset');
    expect(await listed(refused)).toEqual(['a-1']);
    expect(await offsets()).toBe(before);
  });
});

test('K7: lag and members of a group are told as they are, once a minute', async () => {
  let group = await syncedOnce(withReset(await synced(newGroup, ({ initialized }) => initialized === true), 'lag', 'earliest'));
  clock += 60_000;
  const dispatcher = await joined();
  try {
    group = await syncedOnce(group);
    expect(group.status).toMatchObject({ lag: '5', members: 1, measuredAt: '2026-11-22T09:01:00Z' });
    clock += 30_000;
    await withProducer(broker.bootstrap, (producer) => producer.send({ topic, messages: [{ partition: 1, value: 'z' }] }));
    expect((await syncedOnce(group)).status).toEqual(group.status);
    clock += 30_000;
    expect((await syncedOnce(group)).status).toMatchObject({ lag: '6', members: 1, measuredAt: '2026-11-22T09:02:00Z' });
  } finally {
    await dispatcher.disconnect();
  }
});

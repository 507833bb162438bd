import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { groupId, topicName } from '../../contract/names.ts';
import { KafkaClients } from '../../hooks/kafka/kafka-clients.ts';
import type { CompositeAnswer } from '../../hooks/metacontroller.ts';
import { hookRoutes } from '../../hooks/routes.ts';
import { createLogger } from '../../runtime/log.ts';
import { testDispatcher } from '../support/dispatcher.ts';
import { aDispatcherFile, aSubscription } from '../support/dispatcher-file.ts';
import { eventually } from '../support/eventually.ts';
import { aKafkaConsumerGroup, aKafkaTopic, aSecret, frozen, groupsOf, hooksConfigForTests } from '../support/hook-objects.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import { kafkajsClient, withAdmin, withProducer } from '../support/kafkajs.ts';
import { testSubscriber } from '../support/subscriber.ts';

jest.setTimeout(90_000);

const channel = { namespace: 'shop', name: 'orders' };
const topic = topicName(channel);
const group = groupId(channel, '8c7e2f0a-0f1b-4d5e-9a57-2a1f7b6c3d10');
const logger = createLogger('test', 'silent');
const kafkaClients = new KafkaClients({ timeoutMs: 4000, logger });
const hooks = hookRoutes({ config: hooksConfigForTests, kafka: kafkaClients, logger, now: () => new Date('2026-11-22T09:00:00Z') });
let kafka: TestKafka;

beforeAll(async () => {
  kafka = await testKafka();
}, 180_000);
afterAll(async () => {
  await kafkaClients.close();
  await kafka.stop();
});

const ids = (from: number, count: number): string[] => Array.from({ length: count }, (_, index) => String(from + index).padStart(3, '0'));

/** As the peer's receiver writes events in binary mode, its two extensions included. */
async function sent(list: readonly string[]): Promise<void> {
  const headersOf = (id: string): Record<string, string> => ({ ce_specversion: '1.0', ce_id: id, ce_source: '/shop', ce_type: 'order', 'content-type': 'application/json' });
  await withProducer(kafka.bootstrap, (producer) => producer.send({ topic, messages: list.map((id) => ({ key: `key-${id}`, value: `{"id":"${id}"}`, headers: headersOf(id) })) }));
}

/** A member of the group as the peer's dispatcher is one: reads until it has seen so many events, commits them, and leaves. */
async function peerDelivers(count: number): Promise<string[]> {
  const consumer = kafkajsClient(kafka.bootstrap).consumer({ groupId: group, allowAutoTopicCreation: false });
  const seen: string[] = [];
  try {
    await consumer.connect();
    await consumer.subscribe({ topic });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        seen.push(String(message.headers?.['ce_id']));
        await consumer.commitOffsets([{ topic, partition, offset: String(BigInt(message.offset) + 1n) }]);
      },
    });
    await eventually(`${count} events`, () => seen.length >= count, 30_000, () => seen.length);
  } finally {
    await consumer.disconnect();
  }
  return seen.sort();
}

async function offsets(): Promise<Map<number, string>> {
  const [found] = await withAdmin(kafka.bootstrap, (admin) => admin.fetchOffsets({ groupId: group, topics: [topic] }));
  return new Map((found?.partitions ?? []).map(({ partition, offset }) => [partition, offset]));
}

async function ask(path: string, parent: { apiVersion: string; kind: string; metadata: { name: string } }): Promise<CompositeAnswer> {
  const secret = aSecret({ 'bootstrap.servers': kafka.bootstrap });
  return (await hooks.get(path)?.(frozen({ parent, children: {}, related: groupsOf(secret), finalizing: path.endsWith('finalize') }))) as CompositeAnswer;
}

const isReady = ({ status }: CompositeAnswer): boolean => ((status as { conditions?: { type: string; status: string }[] } | undefined)?.conditions ?? []).some((condition) => condition.type === 'Ready' && condition.status === 'True');

describe('a channel that eventing-kafka-broker has made', () => {
  test('goes on here where it stood, and back again: no event is lost and none is delivered twice', async () => {
    const topics = [{ topic, numPartitions: 3, replicationFactor: 1, configEntries: [{ name: 'retention.ms', value: '604800000' }] }];
    await withAdmin(kafka.bootstrap, (admin) => admin.createTopics({ topics, waitForLeaders: true }));
    // The peer commits the newest offsets of a group before its subscriber is Ready.
    await withAdmin(kafka.bootstrap, (admin) => admin.setOffsets({ groupId: group, topic, partitions: [0, 1, 2].map((partition) => ({ partition, offset: '0' })) }));
    await sent(ids(0, 30));
    expect(await peerDelivers(30)).toEqual(ids(0, 30));
    await sent(ids(30, 30));
    const left = await offsets();

    const synced = await ask('/kafkatopic/sync', aKafkaTopic({ topicName: topic, partitions: 3, config: { 'retention.ms': '604800000' } }));
    expect(isReady(synced)).toBe(true);
    expect(await eventually('the group is Ready', async () => isReady(await ask('/kafkaconsumergroup/sync', aKafkaConsumerGroup({ group, topic }))))).toBe(true);
    expect(await offsets()).toEqual(left);

    const subscriber = await testSubscriber();
    try {
      const dispatcher = testDispatcher(kafka.bootstrap, aDispatcherFile(topic, aSubscription('taken-over', { group, subscriberUri: subscriber.url })), { drainMs: 5000 });
      try {
        await eventually('what the peer had left is delivered', () => subscriber.requests.length >= 30, 30_000, () => subscriber.ids());
        await sent(ids(60, 10));
        await eventually('and what came since', () => subscriber.requests.length >= 40, 30_000, () => subscriber.ids());
      } finally {
        await dispatcher[Symbol.asyncDispose]();
      }
      expect(subscriber.ids().sort()).toEqual(ids(30, 40));
    } finally {
      await subscriber.close();
    }

    await sent(ids(70, 10));
    expect(await peerDelivers(10)).toEqual(ids(70, 10));
  });

  test('keeps its topic when the channel is deleted here: it is not ours', async () => {
    const found = aKafkaTopic({ topicName: topic });
    const { status } = await ask('/kafkatopic/sync', found);
    const deleted = { ...found, status: status as (typeof found)['status'], metadata: { ...found.metadata, deletionTimestamp: '2026-11-22T09:00:00Z' } };
    expect(await ask('/kafkatopic/finalize', deleted)).toMatchObject({ finalized: true });
    expect(await withAdmin(kafka.bootstrap, (admin) => admin.listTopics())).toContain(topic);
  });
});

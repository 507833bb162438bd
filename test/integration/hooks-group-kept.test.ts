import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import { KafkaClients } from '../../hooks/kafka/kafka-clients.ts';
import type { CompositeAnswer } from '../../hooks/metacontroller.ts';
import { hookRoutes } from '../../hooks/routes.ts';
import { createLogger } from '../../runtime/log.ts';
import { aKafkaConsumerGroup, aSecret, frozen, groupsOf, hooksConfigForTests } from '../support/hook-objects.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import { createTopic, withAdmin, withProducer } from '../support/kafkajs.ts';

const logger = createLogger('test', 'silent');
const kafkaClients = new KafkaClients({ timeoutMs: 4000, logger });
let clock = Date.now();
const hooks = hookRoutes({ config: hooksConfigForTests, kafka: kafkaClients, logger, now: () => new Date(clock) });
jest.setTimeout(60_000);
let broker: TestKafka;

beforeAll(async () => {
  broker = await testKafka();
}, 90_000);
afterAll(async () => {
  await kafkaClients.close();
  await broker.stop();
});

async function call(path: string, parent: KafkaConsumerGroup): Promise<CompositeAnswer & { status: KafkaConsumerGroup['status'] }> {
  const related = groupsOf(aSecret({ 'bootstrap.servers': broker.bootstrap }));
  return (await hooks.get(path)?.(frozen({ parent, children: {}, related, finalizing: path.endsWith('/finalize') }))) as CompositeAnswer & { status: KafkaConsumerGroup['status'] };
}

/** Syncs until the group is Ready, 20 s at most: what a broker has made, it knows of later. */
async function synced(group: KafkaConsumerGroup): Promise<KafkaConsumerGroup> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const { status } = await call('/kafkaconsumergroup/sync', group);
    if (status.conditions?.[0]?.status === 'True') return { ...group, status };
    if (Date.now() > deadline) throw new Error(`${group.metadata.name} is not Ready after 20 s: ${JSON.stringify(status.conditions)}`);
  }
}

async function offsetsOf(group: string, topic: string): Promise<string[]> {
  const [found] = await withAdmin(broker.bootstrap, (admin) => admin.fetchOffsets({ groupId: group, topics: [topic] }));
  return (found?.partitions ?? []).sort((a, b) => a.partition - b.partition).map(({ offset }) => offset);
}

async function send(topic: string, ...messages: { partition: number; timestamp?: string }[]): Promise<void> {
  await withProducer(broker.bootstrap, (producer) => producer.send({ topic, messages: messages.map((message) => ({ value: 'x', ...message })) }));
}

describe('a group that is kept', () => {
  const kept = aKafkaConsumerGroup({ group: 'kafka.shop.kept.billing', topic: 'kept', deletionPolicy: 'Retain' });

  test('R13.1: goes on where it was when its Subscription is deleted and applied again: nothing is lost, nothing comes twice', async () => {
    await createTopic(broker.bootstrap, 'kept', 2);
    await send('kept', { partition: 0 }, { partition: 1 });
    const first = await synced(kept);
    expect(await offsetsOf('kafka.shop.kept.billing', 'kept')).toEqual(['1', '1']);
    const gone = { ...first, metadata: { ...first.metadata, deletionTimestamp: new Date(clock).toISOString() } };
    expect(await call('/kafkaconsumergroup/finalize', gone)).toMatchObject({ finalized: true });

    await send('kept', { partition: 0 }, { partition: 0 });
    await withAdmin(broker.bootstrap, (admin) => admin.createPartitions({ topicPartitions: [{ topic: 'kept', count: 3 }] }));
    await send('kept', { partition: 2 });
    const again = await synced(kept);
    expect(await offsetsOf('kafka.shop.kept.billing', 'kept')).toEqual(['1', '1', '0']);
    expect(again.status).toMatchObject({ initialized: true, lag: '3' });
  });
});

describe('K1: a group that is behind', () => {
  test('says how many events, and about how old the oldest is; one that is not says 0s', async () => {
    await createTopic(broker.bootstrap, 'behind', 2);
    const before = aKafkaConsumerGroup({ group: 'g-behind', topic: 'behind', startAt: 'earliest' });
    const idle = await synced(before);
    expect(idle.status).toMatchObject({ lag: '0', oldest: '0s' });
    await send('behind', { partition: 0, timestamp: String(clock - 45 * 60_000) }, { partition: 0, timestamp: String(clock) }, { partition: 1, timestamp: String(clock - 10_000) });
    clock += 61_000;
    expect((await synced(idle)).status).toMatchObject({ lag: '3', oldest: '30m' });
  });
});

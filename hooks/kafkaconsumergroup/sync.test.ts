import { describe, expect, test } from '@jest/globals';

import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import { createLogger } from '../../runtime/log.ts';
import { aKafkaConsumerGroup, aSecret, groupsOf, hooksConfigForTests } from '../../test/support/hook-objects.ts';
import { kafkaWith } from '../../test/support/kafka-fake.ts';
import type { KafkaAdmin, Offsets } from '../kafka/kafka-admin.ts';
import { KafkaError } from '../kafka/kafka-error.ts';
import { syncKafkaConsumerGroup } from './sync.ts';

const related = groupsOf(aSecret({ 'bootstrap.servers': 'k:9092' }));
const group = aKafkaConsumerGroup({ group: 'g', topic: 'orders' });

/** A topic of three partitions, read by a group with members: Kafka takes no offsets for it from outside. */
function active(committed: Offsets): Partial<KafkaAdmin> {
  return {
    topic: () => Promise.resolve({ id: 'id', partitions: 3 }),
    members: () => Promise.resolve(1),
    committedOffsets: () => Promise.resolve(committed),
    offsetsAt: (_topic, partitions) => Promise.resolve(new Map(partitions.map((partition) => [partition, 0n]))),
    commitOffsets: () => Promise.reject(new KafkaError('group-active', 'consumers are connected to the group')),
  };
}

async function sync(parent: KafkaConsumerGroup, admin: Partial<KafkaAdmin>): Promise<KafkaConsumerGroup> {
  const dependencies = { config: hooksConfigForTests, kafka: kafkaWith(admin), logger: createLogger('test', 'silent'), now: () => new Date('2026-11-22T09:00:00Z') };
  const { status } = await syncKafkaConsumerGroup({ parent, children: {}, related, finalizing: false }, dependencies);
  return { ...parent, status: status as KafkaConsumerGroup['status'] };
}

const conditions = ({ status }: KafkaConsumerGroup): string[] => (status.conditions ?? []).map(({ type, status: value, reason }) => `${type} ${value} ${reason ?? ''}`);

describe('a group with members, and partitions without an offset', () => {
  test('is not Ready where it has never started', async () => {
    const fresh = await sync(group, active(new Map([[0, 5n]])));
    expect(conditions(fresh)).toEqual(['Ready Unknown GroupActive']);
    expect(fresh.status).not.toHaveProperty('initialized');
  });

  test('stays Ready where it has, and says how many wait, until they have one', async () => {
    const started = { ...group, status: { initialized: true } };
    const waiting = await sync(started, active(new Map([[0, 5n]])));
    expect(conditions(waiting)).toEqual(['Ready True Ready', 'PartitionsStarted Unknown PartitionsStarting']);
    expect(waiting.status).toMatchObject({ initialized: true, partitions: 1, waiting: 2 });
    const complete = await sync(waiting, active(new Map([[0, 5n], [1, 0n], [2, 0n]])));
    expect(conditions(complete)).toEqual(['Ready True Ready']);
    expect(complete.status.partitions).toBe(3);
    expect(complete.status).not.toHaveProperty('waiting');
  });

  test('remembers them through an outage', async () => {
    const known = { ...group, status: { initialized: true, partitions: 1, waiting: 2 } };
    const outage = await sync(known, { topic: () => Promise.reject(new KafkaError('unreachable', 'Kafka does not answer')) });
    expect(outage.status).toMatchObject({ partitions: 1, waiting: 2, conditions: [{ status: 'Unknown', reason: 'KafkaUnreachable' }] });
  });
});

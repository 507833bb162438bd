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

const gone: Partial<KafkaAdmin> = { topic: () => Promise.reject(new KafkaError('unreachable', 'Kafka does not answer')) };

async function sync(parent: KafkaConsumerGroup, admin: Partial<KafkaAdmin>, now = '2026-11-22T09:00:00Z', signal?: AbortSignal): Promise<KafkaConsumerGroup> {
  const dependencies = { config: hooksConfigForTests, kafka: kafkaWith(admin, signal), logger: createLogger('test', 'silent'), now: () => new Date(now) };
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
    const outage = await sync(known, gone);
    expect(outage.status).toMatchObject({ partitions: 1, waiting: 2, conditions: [{ status: 'Unknown', reason: 'KafkaUnreachable' }, { reason: 'PartitionsStarting' }] });
  });
});

describe('M1: a group is not Ready, for events would be missed,', () => {
  test.each([false, true])('where its offsets cannot be committed (it has started before: %s)', async (initialized) => {
    const admin = { ...active(new Map()), commitOffsets: () => Promise.reject(new KafkaError('unreachable', 'Kafka does not answer')) };
    expect(conditions(await sync({ ...group, status: { initialized } }, admin))).toEqual(['Ready Unknown KafkaUnreachable']);
  });

  test('where its time is over before its offsets are committed: they are not committed later, when it may have moved on', async () => {
    const over = AbortSignal.abort(new KafkaError('unreachable', 'Kafka does not answer'));
    const late = await sync(group, { ...active(new Map()), commitOffsets: () => Promise.resolve() }, '2026-11-22T09:00:00Z', over);
    expect(conditions(late)).toEqual(['Ready Unknown KafkaUnreachable']);
  });

  test('where there is no such topic', async () => {
    const waiting = await sync(group, { topic: () => Promise.resolve(undefined) });
    expect(conditions(waiting)).toEqual(['Ready Unknown TopicNotReady']);
    expect(waiting.status).not.toHaveProperty('initialized');
  });
});

describe('H6: what is told of a group beside Ready lasts through an outage, and is as old after it', () => {
  const reset = { id: 'r', to: 'earliest' };
  test.each([
    { name: 'a replay that was done', spec: { reset }, status: { initialized: true, reset: { id: 'r', from: '0:1', to: '0:0', at: '2026-11-22T08:00:00Z' } }, want: 'ResetDone True Ready' },
    { name: 'a replay that waits', spec: { reset }, status: { initialized: true, resetting: 'r' }, want: 'ResetDone Unknown Resetting' },
    { name: 'partitions that wait', spec: {}, status: { initialized: true }, want: 'PartitionsStarted Unknown PartitionsStarting' },
  ])('$name', async ({ spec, status, want }) => {
    const admin = active(want.startsWith('Partitions') ? new Map() : new Map([[0, 0n], [1, 0n], [2, 0n]]));
    const before = await sync({ ...group, spec: { ...group.spec, ...spec }, status }, admin);
    const [, told] = before.status.conditions ?? [];
    expect(conditions(before)).toEqual(['Ready True Ready', want]);
    const during = await sync(before, gone, '2026-11-22T09:01:00Z');
    expect(conditions(during)).toEqual(['Ready Unknown KafkaUnreachable', want]);
    const after = await sync(during, admin, '2026-11-22T09:02:00Z');
    expect(after.status.conditions?.[1]).toEqual(told);
  });

  test('a replay that was asked for meanwhile is not told as done', async () => {
    const done = { initialized: true, reset: { id: 'before', from: '0:1', to: '0:0', at: '2026-11-22T08:00:00Z' } };
    expect(conditions(await sync({ ...group, spec: { ...group.spec, reset }, status: done }, gone))).toEqual(['Ready Unknown KafkaUnreachable']);
  });
});

import { describe, expect, test } from '@jest/globals';

import type { KafkaTopic } from '../../contract/generated/kafkatopic.ts';
import { channelLabels } from '../../contract/names.ts';
import { createLogger } from '../../runtime/log.ts';
import { aKafkaTopic, aSecret, groupsOf, hooksConfigForTests } from '../../test/support/hook-objects.ts';
import { kafkaWith } from '../../test/support/kafka-fake.ts';
import type { HookDependencies } from '../dependencies.ts';
import type { KafkaAdmin } from '../kafka/kafka-admin.ts';
import { KafkaError } from '../kafka/kafka-error.ts';
import { TopicRetentions } from '../topic-retentions.ts';
import { finalizeKafkaTopic } from './finalize.ts';
import { syncKafkaTopic } from './sync.ts';

const related = groupsOf(aSecret({ 'bootstrap.servers': 'k:9092' }));
const topic = aKafkaTopic({ topicName: 'orders' });

function dependencies(admin: Partial<KafkaAdmin>, signal?: AbortSignal): HookDependencies {
  return { config: hooksConfigForTests, kafka: kafkaWith(admin, signal), logger: createLogger('test', 'silent'), now: () => new Date('2026-11-22T09:00:00.500Z') };
}

async function sync(parent: KafkaTopic, admin: Partial<KafkaAdmin>): Promise<{ topic: KafkaTopic; resyncAfterSeconds: number | undefined }> {
  const { status, resyncAfterSeconds } = await syncKafkaTopic({ parent, children: {}, related, finalizing: false }, dependencies(admin));
  return { topic: { ...parent, status: status as KafkaTopic['status'] }, resyncAfterSeconds };
}

const notThere: Partial<KafkaAdmin> = { topic: () => Promise.resolve(undefined) };
const there: Partial<KafkaAdmin> = { topic: () => Promise.resolve({ id: 'id-1', partitions: 3 }), topicSettings: () => Promise.resolve(new Map()) };
const gone: Partial<KafkaAdmin> = { topic: () => Promise.reject(new KafkaError('unreachable', 'Kafka does not answer')) };

describe('syncKafkaTopic', () => {
  test.each(['unreachable', 'busy'] as const)('remembers a topic that it asked for and got no answer about (%s), through an outage, and takes it for its own then', async (trouble) => {
    const asked = await sync(topic, { ...notThere, createTopic: () => Promise.reject(new KafkaError(trouble, 'Kafka does not answer')) });
    expect(asked).toMatchObject({ resyncAfterSeconds: 1, topic: { status: { conditions: [{ type: 'Ready', status: 'Unknown', reason: 'TopicCreating' }] } } });
    const outage = await sync(asked.topic, gone);
    expect(outage).toMatchObject({ resyncAfterSeconds: 10, topic: { status: { conditions: [{ reason: 'TopicCreating', message: 'Kafka does not answer' }] } } });
    const found = await sync(outage.topic, there);
    expect(found.topic.status).toMatchObject({ topicId: 'id-1', conditions: [{ status: 'True', reason: 'Ready' }] });
  });

  test('says what a person must mend, though it has asked for the topic before', async () => {
    const asked: KafkaTopic = { ...topic, status: { conditions: [{ type: 'Ready', status: 'Unknown', reason: 'TopicCreating' }] } };
    const refused = await sync(asked, { topic: () => Promise.reject(new KafkaError('authorization', 'not allowed')) });
    expect(refused.topic.status).toMatchObject({ conditions: [{ reason: 'KafkaAuthorizationFailed', message: 'not allowed' }, { type: 'Stalled' }] });
  });

  test('tells of the partitions that it has added', async () => {
    const grown = await sync({ ...topic, spec: { ...topic.spec, partitions: 5 }, status: { topicId: 'id-1' } }, { ...there, growTopic: () => Promise.resolve() });
    expect(grown.topic.status.partitions).toBe(5);
  });

  test('does not take a topic for its own that another made in between', async () => {
    const raced = await sync(topic, { ...notThere, createTopic: () => Promise.reject(new KafkaError('topic-exists', 'the topic exists')) });
    expect(raced).toMatchObject({ resyncAfterSeconds: 0.5, topic: { status: { conditions: [{ status: 'Unknown', reason: 'TopicPending' }] } } });
    expect((await sync(raced.topic, there)).topic.status).not.toHaveProperty('topicId');
  });

  test('looks once more, soon, at a topic that it finds: it may be that of the channel before, which is going, and not gone on every broker', async () => {
    const found = await sync(topic, there);
    expect(found).toMatchObject({ resyncAfterSeconds: 2, topic: { status: { conditions: [{ status: 'True', reason: 'TopicFound' }] } } });
    expect((await sync(found.topic, there)).resyncAfterSeconds).toBeUndefined();
    const made = await sync(found.topic, { ...notThere, createTopic: () => Promise.resolve('id-2') });
    expect(made.topic.status).toMatchObject({ topicId: 'id-2', conditions: [{ status: 'True', reason: 'Ready' }] });
  });

  test('makes and deletes nothing once its time is over: its object may have been synced again since', async () => {
    const over = AbortSignal.abort(new KafkaError('unreachable', 'Kafka does not answer'));
    const ours = { ...topic, metadata: { ...topic.metadata, deletionTimestamp: '2026-11-22T09:00:00Z' }, status: { topicId: 'id-1' } };
    const made = await syncKafkaTopic({ parent: topic, children: {}, related, finalizing: false }, dependencies(notThere, over));
    const deleted = await finalizeKafkaTopic({ parent: ours, children: {}, related, finalizing: true }, dependencies(there, over));
    expect([made, deleted]).toMatchObject([{ status: { conditions: [{ reason: 'KafkaUnreachable' }] } }, { finalized: false }]);
  });

  test('keeps what is known through an outage', async () => {
    const ready = await sync({ ...topic, status: { topicId: 'id-1' } }, there);
    const outage = await sync(ready.topic, gone);
    expect(outage.topic.status).toMatchObject({ topicId: 'id-1', partitions: 3, observedGeneration: 1, conditions: [{ status: 'Unknown', reason: 'KafkaUnreachable' }] });
    expect((await sync(outage.topic, there)).topic.status).toMatchObject({ topicId: 'id-1', conditions: [{ status: 'True' }] });
  });

  test('M3: tells of the retention of a channel\'s topic, and not of one that was made by hand', async () => {
    const retentions = new TopicRetentions();
    const kept = { ...there, topicSettings: () => Promise.resolve(new Map([['retention.ms', { value: '3600000', own: true }]])) };
    const ofChannel = { ...topic, metadata: { ...topic.metadata, labels: channelLabels({ namespace: 'shop', name: 'orders' }) } };
    for (const parent of [topic, ofChannel]) await syncKafkaTopic({ parent, children: {}, related, finalizing: false }, { ...dependencies(kept), retentions });
    expect(retentions.shown()).toEqual([{ channel: { namespace: 'shop', name: 'orders' }, seconds: 3600 }]);
  });

  test('H9: passes on a fault of its own', async () => {
    await expect(sync(topic, { topic: () => Promise.reject(new TypeError('a bug')) })).rejects.toThrow('a bug');
  });
});

describe('finalizeKafkaTopic', () => {
  test.each([
    { name: 'was there before', status: { partitions: 3 } },
    { name: 'has another id than the one on record', status: { topicId: 'id-0' } },
  ])('never deletes a topic that $name', async ({ status }) => {
    // The Kafka of this test has no deleteTopic.
    expect(await finalizeKafkaTopic({ parent: { ...topic, status }, children: {}, related, finalizing: true }, dependencies(there))).toMatchObject({ finalized: true });
  });

  test('deletes a topic that was asked for and not answered about', async () => {
    const deleted: string[] = [];
    const deleteTopic = (name: string): Promise<void> => {
      deleted.push(name);
      return Promise.resolve();
    };
    const parent: KafkaTopic = { ...topic, status: { conditions: [{ type: 'Ready', status: 'Unknown', reason: 'TopicCreating' }] } };
    expect(await finalizeKafkaTopic({ parent, children: {}, related, finalizing: true }, dependencies({ ...there, deleteTopic }))).toMatchObject({ finalized: true });
    expect(deleted).toEqual(['orders']);
  });

  test('remembers that through an outage', async () => {
    const metadata = { ...topic.metadata, deletionTimestamp: '2026-11-22T08:59:55Z' };
    const parent: KafkaTopic = { ...topic, metadata, status: { conditions: [{ type: 'Ready', status: 'Unknown', reason: 'TopicCreating' }] } };
    expect(await finalizeKafkaTopic({ parent, children: {}, related, finalizing: true }, dependencies(gone))).toMatchObject({ finalized: false, status: { conditions: [{ reason: 'TopicCreating' }] } });
  });
});

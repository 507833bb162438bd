import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { testDispatcher } from '../support/dispatcher.ts';
import { aDispatcherFile, aSubscription } from '../support/dispatcher-file.ts';
import { eventually } from '../support/eventually.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import { withAdmin } from '../support/kafkajs.ts';
import { testSubscriber } from '../support/subscriber.ts';
import { anEvent, committedOffsets, withWriter, writeRecords } from '../support/topic.ts';

jest.setTimeout(120_000);

const mib = 1024 * 1024;

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await testKafka({ properties: { 'log.cleaner.backoff.ms': '200', 'message.max.bytes': String(22 * mib) } });
}, 180_000);
afterAll(() => kafka.stop());

async function createTopic(config: Readonly<Record<string, string>>): Promise<string> {
  const topic = `topic-${crypto.randomUUID()}`;
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
  await withAdmin(kafka.bootstrap, (admin) => admin.createTopics({ topics: [{ topic, numPartitions: 1, replicationFactor: 1, configEntries }], waitForLeaders: true }));
  return topic;
}

/** The offset up to which the broker has compacted partition 0. */
async function compactedUpTo(topic: string): Promise<number> {
  const checkpoint = await readFile(join(dirname(kafka.logFile), 'data', 'cleaner-offset-checkpoint'), 'utf8').catch(() => '');
  return Number(new RegExp(`^${topic} 0 (\\d+)$`, 'm').exec(checkpoint)?.[1] ?? 0);
}

test('B13: gaps of a compacted topic are passed: what is left arrives in order, all of it is committed, and nothing lags', async () => {
  const topic = await createTopic({ 'cleanup.policy': 'compact', 'segment.ms': '100', 'min.cleanable.dirty.ratio': '0.01', 'min.compaction.lag.ms': '0' });
  const count = 100;
  await withWriter(kafka.bootstrap, async (write) => {
    for (let from = 0; from < count; from += 25) {
      await write(topic, Array.from({ length: 25 }, (_none, index) => anEvent(String(from + index), { key: `key-${(from + index) % 10}` })));
      // The next batch opens a segment, and those before it can be compacted.
      await delay(150);
    }
    await write(topic, [anEvent(String(count), { key: 'key-0' })]);
  });
  await eventually('it is compacted', async () => (await compactedUpTo(topic)) === count, 30_000);

  await using subscriber = await testSubscriber();
  const [whole, part] = [aSubscription('whole', { subscriberUri: `${subscriber.url}/whole` }), aSubscription('part', { subscriberUri: `${subscriber.url}/part` })];
  await withAdmin(kafka.bootstrap, (admin) => admin.setOffsets({ groupId: part.group, topic, partitions: [{ partition: 0, offset: '50' }] }));
  await using dispatcher = testDispatcher(kafka.bootstrap, aDispatcherFile(topic, whole, part));
  for (const { group } of [whole, part]) await eventually('the end of the log is committed', async () => (await committedOffsets(kafka.bootstrap, group, topic))[0] === count + 1, 30_000, () => [subscriber.ids(), dispatcher.lines.slice(-5)]);
  const left = Array.from({ length: 11 }, (_none, index) => String(count - 10 + index));
  for (const path of ['/whole', '/part']) expect(subscriber.requests.filter((request) => request.path === path).map(({ headers }) => headers['ce-id'])).toEqual(left);
  const lags = [...(await dispatcher.metrics()).matchAll(/^kafkachannel_subscription_lag\{.*\} (\d+)$/gm)].map(([, lag]) => lag);
  expect(lags).toEqual(['0', '0']);
});

test('an event of 20 MiB, larger than all that may be fetched ahead, is delivered whole, and so is what is behind it', async () => {
  const topic = await createTopic({ 'max.message.bytes': String(22 * mib) });
  const value = Buffer.alloc(20 * mib);
  for (let at = 0; at < value.length; at += 4096) value.writeUInt32LE(at, at);
  await writeRecords(kafka.bootstrap, topic, anEvent('before'));
  await writeRecords(kafka.bootstrap, topic, anEvent('large', { value }));
  await writeRecords(kafka.bootstrap, topic, anEvent('after'));
  await using subscriber = await testSubscriber();
  const subscription = aSubscription('one', { subscriberUri: subscriber.url });
  await using dispatcher = testDispatcher(kafka.bootstrap, aDispatcherFile(topic, subscription));
  await eventually('all three arrive', () => subscriber.requests.length === 3, 60_000, () => [subscriber.ids(), dispatcher.lines.slice(-5)]);
  expect(subscriber.ids()).toEqual(['before', 'large', 'after']);
  expect(subscriber.requests[1]?.body.equals(value)).toBe(true);
  await eventually('all is committed', async () => (await committedOffsets(kafka.bootstrap, subscription.group, topic))[0] === 3);
});

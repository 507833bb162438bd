import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { aDispatcherFile, aSubscription } from '../support/dispatcher-file.ts';
import { testDispatcher } from '../support/dispatcher.ts';
import { eventually } from '../support/eventually.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import { testSubscriber } from '../support/subscriber.ts';
import { anEvent, committedOffsets, newTopic, writeRecords } from '../support/topic.ts';

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await testKafka();
}, 90_000);

afterAll(() => kafka.stop());

/** Changes the last byte of what the broker has stored of a partition; the broker hands it on without looking. */
async function flipLastByte(topic: string, partition: number): Promise<void> {
  const file = await open(join(dirname(kafka.logFile), 'data', `${topic}-${partition}`, '00000000000000000000.log'), 'r+');
  try {
    const { size } = await file.stat();
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, size - 1);
    byte[0] = (byte[0] ?? 0) ^ 0xff;
    await file.write(byte, 0, 1, size - 1);
  } finally {
    await file.close();
  }
}

test('N7: a batch that cannot be read holds up its own partition alone, is told, and is never committed past', async () => {
  const topic = await newTopic(kafka.bootstrap, 2);
  await using subscriber = await testSubscriber();
  const subscription = aSubscription('one', { subscriberUri: subscriber.url });
  await writeRecords(kafka.bootstrap, topic, anEvent('before', { partition: 0 }));
  await writeRecords(kafka.bootstrap, topic, anEvent('broken', { partition: 0 }));
  await flipLastByte(topic, 0);
  await using dispatcher = testDispatcher(kafka.bootstrap, aDispatcherFile(topic, subscription));

  const told = await eventually('the log tells of it', () => dispatcher.lines.find(({ msg }) => msg.startsWith('a batch cannot be read')), 20_000, () => dispatcher.lines.slice(-5));
  expect(told).toMatchObject({ level: 'error', partition: 0, offset: 1, reason: 'its checksum does not match' });
  await writeRecords(kafka.bootstrap, topic, anEvent('elsewhere', { partition: 1 }));
  await eventually('the others arrive', () => subscriber.requests.length === 2, 20_000, () => subscriber.ids());
  await eventually('what is finished is committed', async () => (await committedOffsets(kafka.bootstrap, subscription.group, topic)).join() === '1,1');
  expect(subscriber.ids().sort()).toEqual(['before', 'elsewhere']);

  await flipLastByte(topic, 0);
  await eventually('it arrives when it can be read', () => subscriber.ids().includes('broken'), 20_000, () => subscriber.ids());
  expect(dispatcher.said('the batch that could not be read was read')).toHaveLength(1);
}, 60_000);

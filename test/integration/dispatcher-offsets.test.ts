import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';

import { testDispatcher } from '../support/dispatcher.ts';
import { aDispatcherFile, aSubscription } from '../support/dispatcher-file.ts';
import { eventually } from '../support/eventually.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import { withAdmin } from '../support/kafkajs.ts';
import { testSubscriber } from '../support/subscriber.ts';
import { anEvent, committedOffsets, newTopic, writeRecords } from '../support/topic.ts';

jest.setTimeout(90_000);

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await testKafka({ properties: { 'offset.metadata.max.bytes': '64' } });
}, 180_000);
afterAll(() => kafka.stop());

/** What the group has committed, as soon as it can be told. */
const committed = async (group: string, topic: string): Promise<string> => String(await committedOffsets(kafka.bootstrap, group, topic).catch(() => []));
const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

test('R4.5, B14: with its committed offsets gone, a subscription reads its partitions from the start of their logs, says so, and commits that', async () => {
  const topic = await newTopic(kafka.bootstrap, 2);
  await using subscriber = await testSubscriber();
  const spec = aSubscription('one', { subscriberUri: subscriber.url });
  const file = aDispatcherFile(topic, spec);
  await writeRecords(kafka.bootstrap, topic, ...numbers(4).map((id) => anEvent(id, { partition: 0 })));
  {
    await using first = testDispatcher(kafka.bootstrap, file, { drainMs: 5000 });
    await eventually('it has committed', async () => (await committed(spec.group, topic)).startsWith('4'), 30_000, () => first.lines.slice(-5));
  }
  await withAdmin(kafka.bootstrap, async (admin) => {
    await eventually('the group is empty, and gone', async () => (await admin.deleteGroups([spec.group]).catch(() => [{ errorCode: 1 }])).every(({ errorCode }) => !errorCode), 30_000);
  });
  await using second = testDispatcher(kafka.bootstrap, file, { drainMs: 5000 });
  await eventually('the log has come again', () => subscriber.requests.length >= 8, 30_000, () => second.lines.slice(-5));
  expect(subscriber.ids()).toEqual([...numbers(4), ...numbers(4)]);
  expect(second.lines.filter(({ msg }) => msg.includes('no committed offset'))).toEqual([expect.objectContaining({ level: 'warn', offsets: { 0: 0, 1: 0 }, subscription: 'name-of-one' })]);
  await eventually('all is committed, of the empty partition too', async () => (await committed(spec.group, topic)) === '4,0', 30_000, () => second.lines.slice(-5));
});

test('R4.5: where the brokers take little metadata, offsets are committed all the same, and that is said once', async () => {
  const topic = await newTopic(kafka.bootstrap);
  const ids = numbers(40);
  await writeRecords(kafka.bootstrap, topic, ...ids.map((id) => anEvent(id)));
  let isDown = true;
  await using subscriber = await testSubscriber(({ headers }, response) => void response.writeHead(isDown && Number(headers['ce-id']) >= 5 ? 503 : 200).end());
  const spec = aSubscription('one', { subscriberUri: subscriber.url, deliveryOrder: 'unordered', delivery: { retry: 1000, backoffDelayMs: 1000, backoffPolicy: 'linear' } });
  await using dispatcher = testDispatcher(kafka.bootstrap, aDispatcherFile(topic, spec), { drainMs: 5000 });
  const isCommitted = (offset: string): Promise<unknown> => eventually(`${offset} is committed`, async () => (await committed(spec.group, topic)) === offset, 30_000, () => dispatcher.lines.slice(-5));
  await isCommitted('5');
  expect(dispatcher.lines.filter(({ msg }) => msg.includes('offset.metadata.max.bytes'))).toEqual([expect.objectContaining({ level: 'warn', subscription: 'name-of-one' })]);
  isDown = false;
  await isCommitted('40');
  expect(new Set(subscriber.ids()).size).toBe(40);
});

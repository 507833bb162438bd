import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { testDispatcher } from '../support/dispatcher.ts';
import { aDispatcherFile, aSubscription } from '../support/dispatcher-file.ts';
import { eventually } from '../support/eventually.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import type { Answer, TestSubscriber } from '../support/subscriber.ts';
import { testSubscriber } from '../support/subscriber.ts';
import { anEvent, newTopic, writeRecords } from '../support/topic.ts';

jest.setTimeout(60_000);

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await testKafka();
}, 180_000);
afterAll(() => kafka.stop());

const longBackoff = { retry: 5, backoffDelayMs: 600_000 };

/** Answers 503 to these events, 200 to the others. */
const refusing = (isRefused: (id: string) => boolean): Answer => ({ headers }, response) => void response.writeHead(isRefused(String(headers['ce-id'])) ? 503 : 200).end();

/** Answers after a while; every tenth event is refused the first time. Notes events of one key that are under way at once. */
function slowSubscriber(keyOf: (id: string) => string, overlaps: string[]): Answer {
  const seen = new Set<string>();
  const underWay = new Set<string>();
  return ({ headers }, response) => {
    const id = String(headers['ce-id']);
    const key = keyOf(id);
    if (underWay.has(key)) overlaps.push(id);
    underWay.add(key);
    const refused = Number(id) % 10 === 0 && !seen.has(id);
    seen.add(id);
    setTimeout(() => {
      underWay.delete(key);
      response.writeHead(refused ? 503 : 200).end();
    }, 20);
  };
}

async function delivered(count: number, subscriber: TestSubscriber, lines: () => unknown): Promise<void> {
  await eventually(`${count} different events arrive`, () => new Set(subscriber.ids()).size >= count, 30_000, () => [new Set(subscriber.ids()).size, lines()]);
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

describe('deliveryOrder keyed', () => {
  test('is parallel across the keys of one partition, in order within each, and never beyond maxInFlight', async () => {
    const topic = await newTopic(kafka.bootstrap);
    const keyOf = (id: string): string => `key-${(Number(id) * 7) % 100}`;
    const ids = numbers(500);
    await writeRecords(kafka.bootstrap, topic, ...ids.map((id) => anEvent(id, { key: keyOf(id) })));
    const overlaps: string[] = [];
    await using subscriber = await testSubscriber(slowSubscriber(keyOf, overlaps));
    await using dispatcher = testDispatcher(kafka.bootstrap, aDispatcherFile(topic, aSubscription('one', { subscriberUri: subscriber.url, deliveryOrder: 'keyed', maxInFlight: 32 })));
    await delivered(500, subscriber, () => dispatcher.lines.slice(-5));
    expect(overlaps).toEqual([]);
    const arrivals = [...new Set(subscriber.ids())];
    for (const key of new Set(ids.map(keyOf))) expect(arrivals.filter((id) => keyOf(id) === key)).toEqual(ids.filter((id) => keyOf(id) === key));
    expect(subscriber.load.most).toBe(32);
  });

  test('100 events a second and more: one partition, 100 keys, 200 ms for each event, 32 in flight', async () => {
    const topic = await newTopic(kafka.bootstrap);
    const keyOf = (id: string): string => `key-${Number(id) % 100}`;
    const ids = numbers(600);
    await writeRecords(kafka.bootstrap, topic, ...ids.map((id) => anEvent(id, { key: keyOf(id) })));
    let answeredAt = 0;
    await using subscriber = await testSubscriber((_request, response) => void setTimeout(() => response.end(() => (answeredAt = Date.now())), 200));
    await using dispatcher = testDispatcher(kafka.bootstrap, aDispatcherFile(topic, aSubscription('one', { subscriberUri: subscriber.url, deliveryOrder: 'keyed', maxInFlight: 32 })));
    await delivered(600, subscriber, () => dispatcher.lines.slice(-5));
    await eventually('all are answered', () => subscriber.load.now === 0);
    for (const key of new Set(ids.map(keyOf))) expect(subscriber.ids().filter((id) => keyOf(id) === key)).toEqual(ids.filter((id) => keyOf(id) === key));
    // The promise of the order; by the handler and the places alone it were 3.75 s.
    expect(answeredAt - (subscriber.requests[0]?.at ?? 0)).toBeLessThanOrEqual(6000);
  });

  test('G13: events without a key do not wait for each other', async () => {
    const topic = await newTopic(kafka.bootstrap);
    await writeRecords(kafka.bootstrap, topic, ...numbers(100).map((id) => anEvent(id)));
    await using subscriber = await testSubscriber((_request, response) => void setTimeout(() => response.end(), 20));
    await using dispatcher = testDispatcher(kafka.bootstrap, aDispatcherFile(topic, aSubscription('one', { subscriberUri: subscriber.url, deliveryOrder: 'keyed', maxInFlight: 8 })));
    await delivered(100, subscriber, () => dispatcher.lines.slice(-5));
    expect(subscriber.load.most).toBe(8);
  });

  test('G13: more keys in a ten-minute backoff than may be in flight hold up nobody else', async () => {
    const topic = await newTopic(kafka.bootstrap);
    const stuck = numbers(40).map((id) => `stuck-${id}`);
    const free = numbers(1000);
    await writeRecords(kafka.bootstrap, topic, ...stuck.map((id) => anEvent(id, { key: id })), ...stuck.map((id) => anEvent(`behind-${id}`, { key: id })), ...free.map((id) => anEvent(id, { key: `free-${Number(id) % 10}` })));
    await using subscriber = await testSubscriber(refusing((id) => id.startsWith('stuck')));
    await using dispatcher = testDispatcher(kafka.bootstrap, aDispatcherFile(topic, aSubscription('one', { subscriberUri: subscriber.url, deliveryOrder: 'keyed', maxInFlight: 4, delivery: longBackoff })));
    await delivered(1040, subscriber, () => dispatcher.lines.slice(-5));
    expect(new Set(subscriber.ids())).toEqual(new Set([...stuck, ...free]));
  });
});

describe('deliveryOrder unordered', () => {
  test('has maxInFlight events of one partition and one key under way', async () => {
    const topic = await newTopic(kafka.bootstrap);
    await writeRecords(kafka.bootstrap, topic, ...numbers(200).map((id) => anEvent(id, { key: 'one' })));
    await using subscriber = await testSubscriber(slowSubscriber((id) => id, []));
    await using dispatcher = testDispatcher(kafka.bootstrap, aDispatcherFile(topic, aSubscription('one', { subscriberUri: subscriber.url, deliveryOrder: 'unordered', maxInFlight: 16 })));
    await delivered(200, subscriber, () => dispatcher.lines.slice(-5));
    expect(subscriber.load.most).toBe(16);
  });
});

describe('deliveryOrder ordered', () => {
  test('maxInFlight counts across partitions, and partitions in a ten-minute backoff are not counted', async () => {
    const topic = await newTopic(kafka.bootstrap, 5);
    const stuck = [0, 1, 2].map((partition) => anEvent(`stuck-${partition}`, { partition }));
    const ids = numbers(100);
    await writeRecords(kafka.bootstrap, topic, ...stuck, ...ids.map((id) => anEvent(id, { partition: 3 + (Number(id) % 2) })));
    await using subscriber = await testSubscriber(refusing((id) => id.startsWith('stuck')));
    await using dispatcher = testDispatcher(kafka.bootstrap, aDispatcherFile(topic, aSubscription('one', { subscriberUri: subscriber.url, maxInFlight: 1, delivery: longBackoff })));
    await delivered(103, subscriber, () => dispatcher.lines.slice(-5));
    expect(subscriber.load.most).toBe(1);
    for (const parity of [0, 1]) expect(subscriber.ids().filter((id) => Number(id) % 2 === parity)).toEqual(ids.filter((id) => Number(id) % 2 === parity));
  });
});

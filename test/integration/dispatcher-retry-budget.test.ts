import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import type { TestDispatcher } from '../support/dispatcher.ts';
import { testDispatcher } from '../support/dispatcher.ts';
import { aDispatcherFile, aSubscription } from '../support/dispatcher-file.ts';
import { dispatcherProcess } from '../support/dispatcher-process.ts';
import { eventually } from '../support/eventually.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import type { Answer } from '../support/subscriber.ts';
import { testSubscriber } from '../support/subscriber.ts';
import { anEvent, newTopic, writeRecords } from '../support/topic.ts';

jest.setTimeout(120_000);

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await testKafka();
}, 180_000);
afterAll(() => kafka.stop());

const refusing: Answer = (_request, response) => void response.writeHead(503).end();
const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

describe('the retry budget', () => {
  test('K9: survives an owner that changes every two seconds: retry + 1 attempts, their backoffs kept, one dead letter', async () => {
    const topic = await newTopic(kafka.bootstrap);
    await writeRecords(kafka.bootstrap, topic, anEvent('poison'));
    await using subscriber = await testSubscriber(refusing);
    await using sink = await testSubscriber();
    const backoffDelayMs = 2500;
    const file = aDispatcherFile(topic, aSubscription('one', { subscriberUri: subscriber.url, delivery: { retry: 3, backoffDelayMs, deadLetterUri: sink.url } }));
    let owner: TestDispatcher = testDispatcher(kafka.bootstrap, file);
    let changes = 0;
    for (let since = Date.now(); sink.requests.length === 0 && changes < 20; ) {
      await eventually('two seconds', () => sink.requests.length > 0 || Date.now() - since > 2000, 10_000);
      const next = testDispatcher(kafka.bootstrap, file);
      await owner[Symbol.asyncDispose]();
      owner = next;
      changes += 1;
      since = Date.now();
      await eventually('the next one has the partition', () => next.said('partitions assigned').length > 0, 30_000, () => next.lines);
    }
    await owner[Symbol.asyncDispose]();
    expect(changes).toBeGreaterThan(3);
    expect(subscriber.requests.length).toBe(4);
    const gaps = subscriber.requests.slice(1).map(({ at }, index) => at - (subscriber.requests[index]?.at ?? 0));
    for (const [index, gap] of gaps.entries()) expect(gap).toBeGreaterThanOrEqual(0.95 * backoffDelayMs * (index + 1));
    expect(sink.requests.length).toBe(1);
    expect(sink.requests[0]?.headers).toMatchObject({ 'ce-id': 'poison', 'ce-knativeerrordest': subscriber.url, 'ce-knativeerrorcode': '503' });
  });

  test('K9: of an event that hangs longer than its owners stay is used up as well', async () => {
    const topic = await newTopic(kafka.bootstrap);
    await writeRecords(kafka.bootstrap, topic, anEvent('poison'));
    await using subscriber = await testSubscriber((_request, response) => void setTimeout(() => response.writeHead(503).end(), 6000));
    await using sink = await testSubscriber();
    const file = aDispatcherFile(topic, aSubscription('one', { subscriberUri: subscriber.url, delivery: { retry: 3, deadLetterUri: sink.url } }));
    for (const attempt of [1, 2, 3, 4]) {
      await using owner = testDispatcher(kafka.bootstrap, file, { drainMs: 500 });
      await eventually(`attempt ${attempt}`, () => subscriber.requests.length === attempt, 30_000, () => [subscriber.requests.length, owner.lines.slice(-5)]);
    }
    await using last = testDispatcher(kafka.bootstrap, file);
    await eventually('the dead letter', () => sink.requests.length > 0, 30_000, () => last.lines.slice(-5));
    expect([subscriber.requests.length, sink.requests.length]).toEqual([4, 1]);
  });

  test('K9: survives kill -9 while the event waits for its retry', async () => {
    const topic = await newTopic(kafka.bootstrap);
    await writeRecords(kafka.bootstrap, topic, anEvent('poison'));
    await using subscriber = await testSubscriber(refusing);
    await using sink = await testSubscriber();
    const file = aDispatcherFile(topic, aSubscription('one', { subscriberUri: subscriber.url, delivery: { retry: 3, backoffDelayMs: 1500, deadLetterUri: sink.url } }));
    await using dispatcher = await dispatcherProcess(kafka.bootstrap, file);
    for (const kill of [1, 2]) {
      await eventually('an attempt', () => subscriber.requests.length >= kill, 40_000, () => dispatcher.lines.slice(-5));
      await eventually('its backoff', () => dispatcher.said('retrying').length > 0, 5000, () => dispatcher.lines.slice(-5));
      await dispatcher.end('SIGKILL');
      await dispatcher.restart();
    }
    await eventually('the dead letter', () => sink.requests.length > 0, 60_000, () => dispatcher.lines.slice(-5));
    expect(await dispatcher.end('SIGTERM')).toBe(0);
    // Each kill may have come before the count was written.
    expect(subscriber.requests.length).toBeLessThanOrEqual(4 + 2);
    expect(subscriber.requests.length).toBeGreaterThanOrEqual(4);
    expect(sink.requests.length).toBe(1);
  });

  test('a dead letter whose sink is down is the business of the next owner, who does not ask the subscriber again', async () => {
    const topic = await newTopic(kafka.bootstrap);
    await writeRecords(kafka.bootstrap, topic, anEvent('poison'));
    await using subscriber = await testSubscriber((_request, response) => void response.writeHead(400).end('no'));
    let isDown = true;
    await using sink = await testSubscriber((_request, response) => void response.writeHead(isDown ? 503 : 200).end());
    const file = aDispatcherFile(topic, aSubscription('one', { subscriberUri: subscriber.url, delivery: { deadLetterUri: sink.url } }));
    {
      await using first = testDispatcher(kafka.bootstrap, file);
      await eventually('the sink is asked', () => sink.requests.length > 0, 30_000, () => first.lines.slice(-5));
    }
    isDown = false;
    const before = sink.requests.length;
    await using second = testDispatcher(kafka.bootstrap, file);
    await eventually('the sink has it', () => second.said('dead-lettered').length > 0, 30_000, () => second.lines.slice(-5));
    expect([subscriber.requests.length, sink.requests.length]).toEqual([1, before + 1]);
    expect(sink.requests.at(-1)?.headers).toMatchObject({ 'ce-knativeerrordest': subscriber.url, 'ce-knativeerrorcode': '400' });
  });
});

describe('a graceful restart', () => {
  test.each(['keyed', 'unordered'] as const)('repeats nothing that is finished beyond an event in backoff (%s)', async (deliveryOrder) => {
    const topic = await newTopic(kafka.bootstrap);
    const ids = numbers(300);
    await writeRecords(kafka.bootstrap, topic, anEvent('stuck', { key: 'stuck' }), ...ids.map((id) => anEvent(id, { key: `key-${Number(id) % 50}` })));
    let isStuck = true;
    await using subscriber = await testSubscriber(({ headers }, response) => void setTimeout(() => response.writeHead(isStuck && headers['ce-id'] === 'stuck' ? 503 : 200).end(), 10));
    const spec = aSubscription('one', { subscriberUri: subscriber.url, deliveryOrder, maxInFlight: 8, delivery: { backoffDelayMs: 2000 } });
    const file = aDispatcherFile(topic, spec);
    const others = (): string[] => subscriber.ids().filter((id) => id !== 'stuck');
    for (const part of [60, 140, 220]) {
      await using dispatcher = testDispatcher(kafka.bootstrap, file, { drainMs: 5000 });
      await eventually(`${part} are delivered`, () => others().length >= part, 30_000, () => [others().length, dispatcher.lines.slice(-5)]);
    }
    isStuck = false;
    await using dispatcher = testDispatcher(kafka.bootstrap, file);
    await eventually('all are delivered', () => new Set(others()).size === 300 && dispatcher.said('delivered').some(({ eventId }) => eventId === 'stuck'), 30_000, () => [others().length, dispatcher.lines.slice(-5)]);
    expect(others().length).toBe(300);
  });
});

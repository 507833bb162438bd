import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Message } from 'kafkajs';

import type { DeliverySpec, SubscriptionSpec } from '../../contract/dispatcher-file.ts';
import type { TestDispatcher } from '../support/dispatcher.ts';
import { testDispatcher } from '../support/dispatcher.ts';
import { aDispatcherFile, aSubscription } from '../support/dispatcher-file.ts';
import { eventually } from '../support/eventually.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import type { Answer, TestSubscriber } from '../support/subscriber.ts';
import { codes, testSubscriber } from '../support/subscriber.ts';
import { anEvent, committedOffsets, newTopic, writeRecords } from '../support/topic.ts';

jest.setTimeout(60_000);

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await testKafka();
}, 180_000);
afterAll(() => kafka.stop());

const aTopic = (partitions?: number): Promise<string> => newTopic(kafka.bootstrap, partitions);
const write = (topic: string, ...messages: Message[]): Promise<void> => writeRecords(kafka.bootstrap, topic, ...messages);

interface Bench extends AsyncDisposable {
  readonly topic: string;
  readonly dispatcher: TestDispatcher;
  readonly subscriber: TestSubscriber;
  readonly reply: TestSubscriber;
  readonly sink: TestSubscriber;
}

interface BenchOptions {
  readonly subscriber?: Answer;
  readonly reply?: Answer;
  readonly sink?: Answer;
  /** Which of the three the subscription names. */
  readonly names?: readonly ('subscriber' | 'reply' | 'sink')[];
  readonly delivery?: Partial<DeliverySpec>;
  readonly messages: Message[];
}

/** One subscription, its subscriber, reply address and dead letter sink, and a topic that holds the messages. */
async function bench(options: BenchOptions): Promise<Bench> {
  const topic = await aTopic();
  await write(topic, ...options.messages);
  const [subscriber, reply, sink] = await Promise.all([testSubscriber(options.subscriber), testSubscriber(options.reply), testSubscriber(options.sink)]);
  const names = options.names ?? ['subscriber', 'reply', 'sink'];
  const spec: SubscriptionSpec = aSubscription('one', {
    ...(names.includes('subscriber') && { subscriberUri: `${subscriber.url}/events` }),
    ...(names.includes('reply') && { replyUri: `${reply.url}/replies` }),
    delivery: { ...options.delivery, ...(names.includes('sink') && { deadLetterUri: `${sink.url}/letters` }) },
  });
  const dispatcher = testDispatcher(kafka.bootstrap, aDispatcherFile(topic, spec));
  const parts = [dispatcher, subscriber, reply, sink];
  return {
    topic, dispatcher, subscriber, reply, sink,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(parts.map((part) => part[Symbol.asyncDispose]()));
    },
  };
}

/** Waits until the first record is finished, by the metric that the ending counts in. */
async function ending(dispatcher: TestDispatcher, metric: 'delivered_events' | 'dead_lettered_events' | 'dropped_events', count = 1): Promise<string> {
  const pattern = new RegExp(`^kafkachannel_${metric}_total\\{.*\\} ${count}$`, 'm');
  let text = '';
  return await eventually(`${metric} is ${count}`, async () => {
    text = await dispatcher.metrics();
    return pattern.exec(text)?.[0];
  }, 30_000, () => [text, dispatcher.lines.slice(-10)]);
}

describe('what arrives at a subscriber', () => {
  test('DP-13, DP-15, DP-16, DP-19: is the binary event, byte for byte', async () => {
    const data = Buffer.from([0, 255, 1, 128, 10, 13]);
    const attributes = { ce_subject: 'größe 100%', ce_time: '2024-05-06T07:08:09.123456789Z', ce_big: '12345678901234567890', 'content-type': 'application/vnd.apache.thrift.binary' };
    await using run = await bench({ messages: [anEvent('1', { value: data, attributes })], names: ['subscriber'] });
    await ending(run.dispatcher, 'delivered_events');
    const [received] = run.subscriber.requests;
    expect(received?.path).toBe('/events');
    expect(received?.body).toEqual(data);
    expect(received?.headers).toMatchObject({
      'ce-id': '1', 'ce-source': '/test', 'ce-type': 'test.event', 'ce-specversion': '1.0', 'ce-subject': 'gr%C3%B6%C3%9Fe%20100%25', 'ce-big': '12345678901234567890',
      'ce-time': '2024-05-06T07:08:09.123456789Z', 'content-type': 'application/vnd.apache.thrift.binary',
    });
    expect(Object.keys(received?.headers ?? {}).filter((name) => name.startsWith('ce-')).sort()).toEqual(['ce-big', 'ce-id', 'ce-source', 'ce-specversion', 'ce-subject', 'ce-time', 'ce-type']);
  });

  test('DP-17, F-8: is the structured event, byte for byte', async () => {
    const document = Buffer.from('{ "specversion" : "1.0",  "id":"s1","source":"/s","type":"t", "data": {"n": 12345678901234567890.10} }\n');
    const message = { value: document, headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' } };
    await using run = await bench({ messages: [message], names: ['subscriber'] });
    await ending(run.dispatcher, 'delivered_events');
    const [received] = run.subscriber.requests;
    expect(received?.body).toEqual(document);
    expect(received?.headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
    expect(Object.keys(received?.headers ?? {}).filter((name) => name.startsWith('ce-'))).toEqual([]);
  });

  test('DP-14: keeps the version that it came with', async () => {
    await using run = await bench({ messages: [anEvent('1', { attributes: { ce_specversion: '0.3' } })], names: ['subscriber'] });
    await ending(run.dispatcher, 'delivered_events');
    expect(run.subscriber.requests[0]?.headers['ce-specversion']).toBe('0.3');
  });

  test('F-9, S-10: comes with Prefer, the namespace of the channel and the headers that travel along', async () => {
    const attributes = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'kn-namespace': 'forged' };
    await using run = await bench({ messages: [anEvent('1', { attributes })] });
    await ending(run.dispatcher, 'delivered_events');
    expect(run.subscriber.requests[0]?.headers).toMatchObject({ prefer: 'reply', 'kn-namespace': 'tenant', traceparent: attributes.traceparent });
  });

  test('an event without data has no body', async () => {
    await using run = await bench({ messages: [anEvent('1', { value: null })], names: ['subscriber'] });
    await ending(run.dispatcher, 'delivered_events');
    expect(run.subscriber.requests[0]?.body).toEqual(Buffer.alloc(0));
  });

  test('with delivery format json it is structured', async () => {
    await using run = await bench({ messages: [anEvent('1')], names: ['subscriber'], delivery: { format: 'json' } });
    await ending(run.dispatcher, 'delivered_events');
    const [received] = run.subscriber.requests;
    expect(received?.headers['content-type']).toMatch(/^application\/cloudevents\+json/);
    expect(JSON.parse(String(received?.body))).toMatchObject({ specversion: '1.0', id: '1', source: '/test', type: 'test.event', data: { id: '1' } });
  });
});

const replying: Answer = (_request, response) => void response.writeHead(200, { 'ce-specversion': '1.0', 'ce-id': 'reply', 'ce-source': '/subscriber', 'ce-type': 'test.reply', 'content-type': 'text/plain' }).end('answer');

const everyone = ['subscriber', 'reply', 'sink'] as const;

/** Answers with these codes, then with a reply. */
function codesThenReply(...list: number[]): Answer {
  return (request, response, index) => (index < list.length ? void response.writeHead(list[index] ?? 500).end() : replying(request, response, index));
}

describe('retries, replies and dead letters', () => {
  test.each([
    { name: 'DS-0: a failure is made good by a retry', names: ['subscriber', 'sink'] as const, retry: 1, subscriber: codes(500), reply: codes(), calls: [2, 0, 0] },
    { name: 'DS-1a: also where there is no reply address', names: ['subscriber', 'sink'] as const, retry: 1, subscriber: codesThenReply(503), reply: codes(), calls: [2, 0, 0] },
    { name: 'DS-1b: the reply of the attempt that worked is delivered', names: everyone, retry: 1, subscriber: codesThenReply(500), reply: codes(), calls: [2, 1, 0] },
    { name: 'DS-1c: a reply has retries of its own', names: everyone, retry: 1, subscriber: codesThenReply(500), reply: codes(500), calls: [2, 2, 0] },
    { name: 'DS-1d: a reply that cannot be delivered makes the event a dead letter', names: everyone, retry: 1, subscriber: codesThenReply(500), reply: codes(500, 500), calls: [2, 2, 1] },
    { name: '§7.2: three retries make good three failures of the subscriber and three of the reply', names: everyone, retry: 3, subscriber: codesThenReply(500, 500, 500), reply: codes(500, 500, 500), calls: [4, 4, 0] },
    { name: '§7.2: a fourth failure of the subscriber makes a dead letter, and there is no reply', names: everyone, retry: 3, subscriber: codesThenReply(500, 500, 500, 500), reply: codes(), calls: [4, 0, 1] },
    { name: '§7.2: a fourth failure of the reply makes a dead letter, whatever the subscriber needed', names: everyone, retry: 3, subscriber: codesThenReply(500, 500, 500), reply: codes(500, 500, 500, 500), calls: [4, 4, 1] },
  ])('$name', async ({ names, retry, subscriber, reply, calls }) => {
    await using run = await bench({ messages: [anEvent('1')], subscriber, reply, delivery: { retry }, names });
    await ending(run.dispatcher, calls[2] === 1 ? 'dead_lettered_events' : 'delivered_events');
    expect([run.subscriber, run.reply, run.sink].map(({ requests }) => requests.length)).toEqual(calls);
    const failed = calls[1] === 0 ? `${run.subscriber.url}/events` : `${run.reply.url}/replies`;
    for (const { headers } of run.sink.requests) expect(headers).toMatchObject({ 'ce-id': '1', 'ce-type': 'test.event', 'ce-knativeerrordest': failed, 'ce-knativeerrorcode': '500' });
  });

  test.each([
    { name: 'a subscriber and a reply that work', subscriber: codesThenReply(), reply: codes(), calls: [1, 1], ends: 'delivered_events' },
    { name: 'a subscriber without a reply', subscriber: codes(), reply: codes(), calls: [1, 0], ends: 'delivered_events' },
    { name: 'a subscriber that fails', subscriber: codesThenReply(500), reply: codes(), calls: [1, 0], ends: 'dropped_events' },
    { name: 'a reply that fails', subscriber: codesThenReply(), reply: codes(500), calls: [1, 1], ends: 'dropped_events' },
  ] as const)('§7.2: without retries and dead letter sink, one attempt each and no more: $name', async ({ subscriber, reply, calls, ends }) => {
    await using run = await bench({ messages: [anEvent('1')], subscriber, reply, delivery: { retry: 0 }, names: ['subscriber', 'reply'] });
    await ending(run.dispatcher, ends);
    expect([run.subscriber, run.reply, run.sink].map(({ requests }) => requests.length)).toEqual([...calls, 0]);
  });

  test('F-6: a reply arrives as the subscriber made it', async () => {
    await using run = await bench({ messages: [anEvent('1')], subscriber: replying });
    await ending(run.dispatcher, 'delivered_events');
    const [received] = run.reply.requests;
    expect(received?.headers).toMatchObject({ 'ce-id': 'reply', 'ce-source': '/subscriber', 'ce-type': 'test.reply', 'content-type': 'text/plain', 'kn-namespace': 'tenant' });
    expect(received?.headers['prefer']).toBeUndefined();
    expect(String(received?.body)).toBe('answer');
  });

  test.each<{ name: string; answer: Answer }>([
    { name: 'S-1: 202 holds no reply', answer: (_request, response) => void response.writeHead(202, { 'ce-specversion': '1.0', 'ce-id': 'r', 'ce-source': '/s', 'ce-type': 't' }).end() },
    { name: 'a body that is no event is ignored', answer: (_request, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}') },
  ])('$name', async ({ answer }) => {
    await using run = await bench({ messages: [anEvent('1')], subscriber: answer });
    await ending(run.dispatcher, 'delivered_events');
    expect([run.reply.requests.length, run.sink.requests.length]).toEqual([0, 0]);
  });

  test('S-8: a subscription with only a reply address gets the event itself there, without Prefer', async () => {
    await using run = await bench({ messages: [anEvent('1')], names: ['reply'] });
    await ending(run.dispatcher, 'delivered_events');
    expect(run.reply.ids()).toEqual(['1']);
    expect(run.reply.requests[0]?.headers['prefer']).toBeUndefined();
  });

  test('F-10: of a subscriber that cannot be reached, the dead letter says where it was', async () => {
    await using run = await bench({ messages: [anEvent('1')], delivery: { retry: 2 }, subscriber: (_request, response) => void response.destroy() });
    await ending(run.dispatcher, 'dead_lettered_events');
    const { headers } = run.sink.requests[0] ?? {};
    expect(headers).toMatchObject({ 'ce-id': '1', 'ce-knativeerrordest': `${run.subscriber.url}/events` });
    expect(headers?.['ce-knativeerrorcode']).toBeUndefined();
    expect(run.subscriber.requests.length).toBe(3);
  });

  test('F-3, F-11: refused for good, the event goes there at once, in its own version', async () => {
    await using run = await bench({ messages: [anEvent('1', { attributes: { ce_specversion: '0.3' } })], subscriber: codes(422) });
    await ending(run.dispatcher, 'dead_lettered_events');
    const { headers, body } = run.sink.requests[0] ?? {};
    expect(headers).toMatchObject({ 'ce-specversion': '0.3', 'ce-knativeerrorcode': '422', 'ce-knativeerrordest': `${run.subscriber.url}/events`, 'kn-namespace': 'tenant' });
    expect(headers?.['ce-knativeerrordata']).toBeUndefined();
    expect([String(body), run.subscriber.requests.length]).toEqual(['{"id":"1"}', 1]);
  });

  test('F-12: the dead letter has the first 1,024 bytes of the answer', async () => {
    await using run = await bench({ messages: [anEvent('1')], subscriber: (_request, response) => void response.writeHead(422).end('x'.repeat(5000)) });
    await ending(run.dispatcher, 'dead_lettered_events');
    expect(run.sink.requests[0]?.headers['ce-knativeerrordata']).toBe(Buffer.from('x'.repeat(1024)).toString('base64'));
  });

  test('a structured event is a structured dead letter, its members as they were', async () => {
    const document = '{"specversion":"1.0","id":"s1","source":"/s","type":"t","data":{"n":12345678901234567890}}';
    await using run = await bench({ messages: [{ value: document, headers: { 'content-type': 'application/cloudevents+json' } }], subscriber: codes(400) });
    await ending(run.dispatcher, 'dead_lettered_events');
    const body = String(run.sink.requests[0]?.body);
    expect(body).toContain('"data":{"n":12345678901234567890}');
    expect(JSON.parse(body)).toMatchObject({ id: 's1', knativeerrorcode: '400' });
  });

  test('F-21: a subscriber that never answers', async () => {
    await using run = await bench({ messages: [anEvent('1')], delivery: { retry: 1, timeoutMs: 150 }, subscriber: () => undefined });
    await ending(run.dispatcher, 'dead_lettered_events');
    expect(run.subscriber.requests.length).toBe(2);
    expect(run.dispatcher.said('dead-lettered')[0]).toMatchObject({ error: `${run.subscriber.url}/events: no answer within 150 ms`, status: 200, destination: 'deadLetterSink' });
  });

  test('S-7: a dead letter sink that is down is waited for, and the events behind it wait too', async () => {
    await using run = await bench({ messages: [anEvent('1'), anEvent('2')], delivery: { retry: 0 }, subscriber: codes(500), sink: codes(503, 503, 503) });
    await ending(run.dispatcher, 'dead_lettered_events');
    await ending(run.dispatcher, 'delivered_events');
    expect([run.sink.ids(), run.subscriber.ids()]).toEqual([['1', '1', '1', '1'], ['1', '2']]);
    expect(run.subscriber.requests[1]?.at).toBeGreaterThanOrEqual(run.sink.requests[3]?.at ?? Infinity);
  });

  test('a dead letter sink that refuses for good drops the event, which is logged and counted', async () => {
    await using run = await bench({ messages: [anEvent('1'), anEvent('2')], subscriber: codes(400), sink: codes(400) });
    expect(await ending(run.dispatcher, 'dropped_events')).toContain('reason="dead_letter_refused"');
    await ending(run.dispatcher, 'delivered_events');
    expect(run.dispatcher.said('dropped')).toEqual([expect.objectContaining({ level: 'error', eventId: '1', eventSource: '/test', partition: 0, offset: 0, channel: 'tenant/orders' })]);
  });

  test('P9: without a sink the event is given up after all retries, and the next one is delivered', async () => {
    await using run = await bench({ messages: [anEvent('1'), anEvent('2')], names: ['subscriber'], delivery: { retry: 2 }, subscriber: codes(500, 500, 500) });
    expect(await ending(run.dispatcher, 'dropped_events')).toContain('reason="delivery_failed"');
    await ending(run.dispatcher, 'delivered_events');
    expect(run.subscriber.ids()).toEqual(['1', '1', '1', '2']);
    expect(run.dispatcher.lines.filter(({ attempt }) => attempt !== undefined)).toEqual([
      expect.objectContaining({ msg: 'retrying', level: 'debug', attempt: 1, status: 500, destination: 'subscriber', subscription: 'name-of-one', subscriptionUid: 'one', eventType: 'test.event', nextAttemptInMs: expect.any(Number), durationMs: expect.any(Number) }),
      expect.objectContaining({ msg: 'retrying', attempt: 2 }),
      expect.objectContaining({ msg: 'dropped', level: 'error', attempt: 3, status: 500, offset: 0 }),
      expect.objectContaining({ msg: 'delivered', level: 'debug', attempt: 1, status: 200, offset: 1, eventId: '2' }),
    ]);
  });

  test('a record that is no event goes to the sink as it is', async () => {
    const value = Buffer.from([1, 2, 3, 0]);
    await using run = await bench({ messages: [{ value }, anEvent('2')] });
    await ending(run.dispatcher, 'dead_lettered_events');
    await ending(run.dispatcher, 'delivered_events');
    expect(run.sink.requests[0]).toMatchObject({ body: value, headers: { 'content-type': 'application/octet-stream' } });
    expect(run.subscriber.ids()).toEqual(['2']);
  });

  test('a record that is no event is dropped where there is no sink, and so is a tombstone', async () => {
    await using run = await bench({ messages: [{ value: 'x' }, { key: 'k', value: null }, anEvent('3')], names: ['subscriber'] });
    expect(await ending(run.dispatcher, 'dropped_events', 2)).toContain('reason="not_an_event"');
    await ending(run.dispatcher, 'delivered_events');
    expect(run.dispatcher.said('dropped')[0]).toMatchObject({ level: 'error', partition: 0, offset: 0, eventId: null, error: expect.stringContaining('not a CloudEvent') });
  });
});

describe('order and independence', () => {
  test('P8: one at a time and in order within a partition, whatever has to be retried', async () => {
    const topic = await aTopic(3);
    const ids = Array.from({ length: 90 }, (_, index) => String(index));
    await write(topic, ...ids.map((id) => anEvent(id, { partition: Number(id) % 3 })));
    const seen = new Set<string>();
    await using subscriber = await testSubscriber(({ headers }, response) => {
      const id = String(headers['ce-id']);
      const fails = Number(id) % 7 === 0 && !seen.has(id);
      seen.add(id);
      setTimeout(() => response.writeHead(fails ? 500 : 200).end(), 5);
    });
    await using dispatcher = testDispatcher(kafka.bootstrap, aDispatcherFile(topic, aSubscription('one', { subscriberUri: subscriber.url })));
    await ending(dispatcher, 'delivered_events', 90);
    for (const partition of [0, 1, 2]) {
      const arrived = [...new Set(subscriber.ids())].filter((id) => Number(id) % 3 === partition);
      expect(arrived).toEqual(ids.filter((id) => Number(id) % 3 === partition));
    }
    expect(subscriber.load.most).toBeLessThanOrEqual(3);
  });

  test('a partition in backoff delays neither another partition nor another subscription', async () => {
    const topic = await aTopic(2);
    await write(topic, anEvent('stuck', { partition: 0 }), ...Array.from({ length: 20 }, (_, index) => anEvent(`free-${index}`, { partition: 1 })));
    const failing: Answer = ({ headers }, response) => void response.writeHead(headers['ce-id'] === 'stuck' ? 503 : 200).end();
    await using one = await testSubscriber(failing);
    await using two = await testSubscriber();
    const specs = [aSubscription('one', { subscriberUri: one.url, delivery: { retry: 5, backoffDelayMs: 60_000 } }), aSubscription('two', { subscriberUri: two.url })];
    await using dispatcher = testDispatcher(kafka.bootstrap, aDispatcherFile(topic, ...specs));
    await eventually('the others are delivered', () => one.ids().length === 21 && two.ids().length === 21, 20_000, () => [one.ids(), two.ids(), dispatcher.lines.slice(-5)]);
    await eventually('what is finished is committed', async () => (await committedOffsets(kafka.bootstrap, specs[0]?.group ?? '', topic)).join() === '0,20', 10_000, () => dispatcher.lines.slice(-5));
  });

  test('R3.4: a subscriber that never answers delays neither another partition of its own nor another subscription', async () => {
    const topic = await aTopic(3);
    const free = Array.from({ length: 40 }, (_, index) => `free-${index}`);
    await write(topic, anEvent('hangs', { partition: 0 }), anEvent('behind', { partition: 0 }), ...free.map((id, index) => anEvent(id, { partition: 1 + (index % 2) })));
    await using once = await testSubscriber(({ headers }, response) => {
      if (headers['ce-id'] !== 'hangs') response.end();
    });
    await using always = await testSubscriber(() => undefined);
    await using other = await testSubscriber();
    const specs = [once, always, other].map(({ url }, index) => aSubscription(String(index), { subscriberUri: url, delivery: { timeoutMs: 600_000 } }));
    await using dispatcher = testDispatcher(kafka.bootstrap, aDispatcherFile(topic, ...specs));
    await eventually('the others are delivered', () => once.ids().length === 41 && other.ids().length === 42 && always.load.now === 3, 20_000, () => [once.ids(), other.ids(), always.ids(), dispatcher.lines.slice(-5)]);
    expect([once.load.now, once.ids().includes('behind'), new Set(other.ids()).size, always.load.most]).toEqual([1, false, 42, 3]);
  });

  test('S-4, DP-18: two subscriptions with the same destination get one each', async () => {
    const topic = await aTopic();
    await write(topic, anEvent('1'));
    await using subscriber = await testSubscriber();
    await using dispatcher = testDispatcher(kafka.bootstrap, aDispatcherFile(topic, aSubscription('one', { subscriberUri: subscriber.url }), aSubscription('two', { subscriberUri: subscriber.url })));
    await eventually('both have it', () => dispatcher.said('delivered').length === 2, 20_000, () => dispatcher.lines);
    expect(subscriber.ids()).toEqual(['1', '1']);
  });
});

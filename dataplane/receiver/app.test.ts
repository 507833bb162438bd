import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { topicName } from '../../contract/names.ts';
import { createLogger } from '../../runtime/log.ts';
import { serve } from '../../runtime/serve.ts';
import type { ProduceFault } from '../kafka/produce-error.ts';
import { ProduceError } from '../kafka/produce-error.ts';
import type { OutgoingRecord } from '../kafka/producer-link.ts';
import { eventually } from '../../test/support/eventually.ts';
import type { EventStore } from './app.ts';
import { receiverApp } from './app.ts';
import { ByteBudget } from './byte-budget.ts';
import { receiverMetrics } from './metrics.ts';
import { ReadingTurns } from './reading-turns.ts';
import { serverOptions } from './server-options.ts';
import { Targets } from './target.ts';
import { answerUnread } from './unread.ts';
import { WaitingAnswers } from './waiting-answers.ts';

const event = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 't' };
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

type Send = (topic: string, partition: number, record: OutgoingRecord) => Promise<void>;

/** Bytes for answers that wait, beside the limit. */
const reserve = 80_000;

/** The app on a port, over a Kafka that has the topic of the channel shop/orders with four partitions. */
async function receiver(send: Send = () => Promise.resolve(), given: { kafkaAnswers?: boolean | Promise<void>; limit?: number; topicLimit?: number; timeoutMs?: number } = {}) {
  const budget = new ByteBudget((given.limit ?? 100_000) + reserve, reserve);
  const metrics = receiverMetrics(budget);
  const turns = new ReadingTurns();
  const stop = new AbortController();
  const refused: number[] = [];
  const kafka: EventStore = {
    producer: {
      send: (topic, partition, record, settle) => void send(topic, partition, record).then(() => settle(), (error: unknown) => settle(error as ProduceError)),
      partitionWithoutKey: () => 0,
    },
    topics: {
      knownPartitions: (topic) => (topic.endsWith('.orders') ? 4 : undefined),
      partitions: async (topic) => {
        await given.kafkaAnswers;
        if (given.kafkaAnswers === false) throw new Error('secret detail');
        return topic.endsWith('.late') ? 4 : undefined;
      },
    },
    limits: { of: () => given.topicLimit, known: () => Promise.resolve(), refused: (_topic, bytes) => void refused.push(bytes) },
  };
  const app = receiverApp({
    budget,
    waiting: new WaitingAnswers(budget),
    turns,
    metrics,
    maxEventBytes: 1000,
    produceTimeoutMs: given.timeoutMs ?? 10_000,
    log: createLogger('test', 'silent'),
    targets: new Targets(),
    topicOf: topicName,
    kafka: () => kafka,
  });
  const serving = await serve(app, { port: 0, host: '127.0.0.1', signal: stop.signal, server: serverOptions });
  serving.server.on('checkContinue', app);
  turns.follow(serving.server);
  answerUnread(serving.server, metrics);
  stops.push(async () => {
    stop.abort();
    serving.server.closeAllConnections();
    await serving.closed;
  });
  return { url: `http://127.0.0.1:${serving.port}`, port: serving.port, budget, metrics, refused };
}

async function raw(port: number, lines: readonly string[], body = ''): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write([...lines, '', body].join('\r\n'));
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
  await Promise.race([once(socket, 'close'), once(socket, 'data')]);
  socket.destroy();
  return answer;
}

describe('receiverApp', () => {
  test('DP-11: answers 202 only when Kafka has the event', async () => {
    const gate = Promise.withResolvers<undefined>();
    const { url, budget } = await receiver(() => gate.promise);
    let status = 0;
    const answer = fetch(`${url}/shop/orders`, { method: 'POST', headers: event, body: 'data' }).then((response) => (status = response.status));
    await eventually('bytes are held', () => budget.used > 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(status).toBe(0);
    gate.resolve(undefined);
    expect(await answer).toBe(202);
    expect(budget.used).toBe(0);
  });

  test.each(['GET', 'PUT', 'DELETE', 'PATCH', 'HEAD'])('DP-8: method %s is answered 405 with Allow', async (method) => {
    const { url } = await receiver();
    const response = await fetch(`${url}/shop/orders`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST, OPTIONS');
  });

  test('S-2: OPTIONS is answered with what is allowed', async () => {
    const { url } = await receiver();
    const response = await fetch(`${url}/shop/orders`, { method: 'OPTIONS' });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({ allow: 'POST, OPTIONS', 'webhook-allowed-origin': '*', 'webhook-allowed-rate': '*' });
  });

  test.each(['POST', 'OPTIONS', 'GET'])('%s without a Host is 400', async (method) => {
    const { port } = await receiver();
    expect(await raw(port, [`${method} /shop/orders HTTP/1.1`, 'Content-Length: 0', ''])).toMatch(/^HTTP\/1\.1 400 [^]*exactly one Host header is needed\n$/);
  });

  test.each([
    { name: 'DP-10: an unknown channel', path: '/shop/none', want: [404, 'channel shop/none is not known'] },
    { name: 'DP-10: no channel', path: '/', want: [404, 'neither host nor path names a channel'] },
    { name: 'DP-12: no event', headers: { 'content-type': 'text/plain' }, want: [400, 'not a CloudEvent'] },
    { name: 'a body that is too large', body: 'x'.repeat(1001), want: [413, 'the event is larger than 1000 bytes'] },
    { name: 'a coded body', headers: { ...event, 'content-encoding': 'gzip' }, want: [415, 'Content-Encoding'] },
  ])('refuses $name in one line', async ({ path = '/shop/orders', headers = event, body = 'x', want: [status, reason] }) => {
    const { url } = await receiver();
    const response = await fetch(url + path, { method: 'POST', headers: headers as Record<string, string>, body });
    expect(response.status).toBe(status);
    const text = await response.text();
    expect(text).toContain(reason);
    expect(text.trimEnd()).not.toContain('\n');
  });

  test.each<[ProduceFault, number, string | null]>([
    ['unavailable', 503, '2'],
    ['unknown-topic', 404, null],
    ['too-large', 413, null],
    ['refused', 503, '2'],
  ])('a produce that ends %s is answered %d', async (fault, status, retryAfter) => {
    const { url } = await receiver(() => Promise.reject(new ProduceError(fault, 'why')));
    const response = await fetch(`${url}/shop/orders`, { method: 'POST', headers: event });
    expect(response.status).toBe(status);
    expect(response.headers.get('retry-after')).toBe(retryAfter);
  });

  test('503 with Retry-After where Kafka cannot be asked, and nothing of why', async () => {
    const { url } = await receiver(undefined, { kafkaAnswers: false });
    const response = await fetch(`${url}/shop/none`, { method: 'POST', headers: event });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('2');
    expect(await response.text()).toBe('Kafka does not answer\n');
  });

  test('a fault of ours is 500, and says nothing of what it was', async () => {
    const { url } = await receiver(() => Promise.reject(new TypeError('secret detail')));
    const response = await fetch(`${url}/shop/orders`, { method: 'POST', headers: event });
    expect(response.status).toBe(500);
    expect(await response.text()).toBe('the receiver failed\n');
  });

  test('429 with Retry-After when too many bytes wait; what is answered makes room', async () => {
    const gate = Promise.withResolvers<undefined>();
    const { url, budget } = await receiver(() => gate.promise, { limit: 12_000 });
    const first = fetch(`${url}/shop/orders`, { method: 'POST', headers: event, body: 'x'.repeat(1000) });
    await eventually('bytes are held', () => budget.used > 0);
    const second = await fetch(`${url}/shop/orders`, { method: 'POST', headers: event, body: 'x'.repeat(1000) });
    expect([second.status, second.headers.get('retry-after')]).toEqual([429, '1']);
    gate.resolve(undefined);
    expect((await first).status).toBe(202);
    expect(budget.used).toBe(0);
    expect((await fetch(`${url}/shop/orders`, { method: 'POST', headers: event, body: 'x'.repeat(1000) })).status).toBe(202);
  });

  test('413 by Content-Length before the body, also to a sender that waits for 100 Continue', async () => {
    const { port } = await receiver();
    const head = ['POST /shop/orders HTTP/1.1', 'Host: x', 'ce-id: 1', 'Content-Length: 1001', 'Expect: 100-continue'];
    expect(await raw(port, head)).toMatch(/^HTTP\/1.1 413 /);
    expect(await raw(port, head.map((line) => line.replace('1001', '10')))).toMatch(/^HTTP\/1.1 100 /);
  });

  test('413 for a chunked body by what has come, and room is made again', async () => {
    const { port, budget } = await receiver();
    const answer = await raw(port, ['POST /shop/orders HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked'], `3e9\r\n${'x'.repeat(1001)}\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(budget.used).toBe(0);
  });

  test('R11.3: a request that is refused before it is over cuts off none that came before it', async () => {
    const gate = Promise.withResolvers<undefined>();
    const { port } = await receiver(() => gate.promise);
    const socket = connect(port, '127.0.0.1');
    let answers = '';
    socket.setEncoding('latin1').on('data', (text: string) => (answers += text));
    const lines = Object.entries(event).map(([name, value]) => `${name}: ${value}`);
    socket.write(['POST /shop/orders HTTP/1.1', 'Host: x', ...lines, 'Content-Length: 0', '', 'POST /shop/orders HTTP/1.1', 'Host: x', 'Content-Length: 1001', '', 'x'].join('\r\n'));
    const ended = once(socket, 'close');
    expect(await Promise.race([ended.then(() => 'ended'), delay(1500)])).toBeUndefined();
    gate.resolve(undefined);
    await ended;
    expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 202', 'HTTP/1.1 413']);
  }, 20_000);

  test('R11.4: the topic\'s limit counts where it is the smaller: by Content-Length, by what has come, and exactly, before anything is sent', async () => {
    const sent: unknown[] = [];
    const { url, port } = await receiver((...args) => Promise.resolve(void sent.push(args)), { topicLimit: 500 });
    expect(await raw(port, ['POST /shop/orders HTTP/1.1', 'Host: x', 'Content-Length: 501', 'Expect: 100-continue'])).toMatch(/^HTTP\/1.1 413 /);
    expect(await raw(port, ['POST /shop/orders HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked'], `1f5\r\n${'x'.repeat(501)}\r\n`)).toMatch(/^HTTP\/1.1 413 /);
    const post = async (size: number): Promise<unknown[]> => {
      const response = await fetch(`${url}/shop/orders`, { method: 'POST', headers: event, body: Buffer.alloc(size) });
      return [response.status, await response.text()];
    };
    expect(await post(430)).toEqual([413, 'the event is larger than the 500 bytes that its topic takes\n']);
    expect(sent).toEqual([]);
    expect(await post(300)).toEqual([202, '']);
  });

  test('a batch may be larger than its topic takes, each of its events may not, and then none is sent', async () => {
    const sent: unknown[] = [];
    const { url } = await receiver((...args) => Promise.resolve(void sent.push(args)), { topicLimit: 300 });
    const batch = (...sizes: number[]): string => `[${sizes.map((size) => `{"specversion":"1.0","id":"1","source":"/s","type":"t","data":"${'x'.repeat(size)}"}`).join()}]`;
    const post = async (body: string): Promise<number> => (await fetch(`${url}/shop/orders`, { method: 'POST', headers: { 'content-type': 'application/cloudevents-batch+json' }, body })).status;
    expect(await post(batch(10, 250, 10))).toBe(413);
    expect(sent).toEqual([]);
    expect(await post(batch(50, 50, 50, 50, 50))).toBe(202);
    expect(sent).toHaveLength(5);
    expect(await post(batch(50, 50, 50, 50, 50, 50, 50, 50, 50, 50))).toBe(413);
  });

  test('what Kafka refuses for its size is remembered, so that the next is not sent for nothing', async () => {
    const { url, refused } = await receiver(() => Promise.reject(new ProduceError('too-large', 'why')));
    expect((await fetch(`${url}/shop/orders`, { method: 'POST', headers: event, body: Buffer.alloc(300) })).status).toBe(413);
    expect(refused).toEqual([expect.any(Number)]);
    expect(refused[0]).toBeGreaterThan(300);
    expect(refused[0]).toBeLessThan(600);
  });

  test('a batch of which some is stored is 503, for it has to be sent again, and what was too large is remembered', async () => {
    const { url, refused, metrics } = await receiver((_topic, _partition, { value }) => (String(value).includes('xxx') ? Promise.reject(new ProduceError('too-large', 'MESSAGE_TOO_LARGE')) : Promise.resolve()));
    const post = async (...data: string[]): Promise<unknown[]> => {
      const body = `[${data.map((text) => `{"specversion":"1.0","id":"1","source":"/s","type":"t","data":"${text}"}`).join()}]`;
      const response = await fetch(`${url}/shop/orders`, { method: 'POST', headers: { 'content-type': 'application/cloudevents-batch+json' }, body });
      return [response.status, await response.text()];
    };
    expect(await post('a', 'xxx', 'b')).toEqual([503, 'of the batch 2 of 3 events are stored: MESSAGE_TOO_LARGE\n']);
    expect(refused).toHaveLength(1);
    expect(await metrics.registry.metrics()).toContain('kafkachannel_receiver_events_total{namespace="shop",channel="orders"} 2');
    expect(await post('xxx', 'xxx')).toEqual([413, 'MESSAGE_TOO_LARGE\n']);
  });

  test.each<{ name: string; faults: readonly ProduceFault[]; want: number }>([
    { name: 'all of it too large', faults: ['too-large', 'too-large'], want: 413 },
    { name: 'one too large, the other in doubt', faults: ['too-large', 'unavailable'], want: 503 },
    { name: 'the topic gone', faults: ['unknown-topic', 'unknown-topic'], want: 404 },
  ])('a batch of which nothing is stored: $name', async ({ faults, want }) => {
    const left = [...faults];
    const { url } = await receiver(() => Promise.reject(new ProduceError(left.shift() ?? 'refused', 'why')));
    const body = `[${faults.map(() => '{"specversion":"1.0","id":"1","source":"/s","type":"t"}').join()}]`;
    expect((await fetch(`${url}/shop/orders`, { method: 'POST', headers: { 'content-type': 'application/cloudevents-batch+json' }, body })).status).toBe(want);
  });

  test('K1: a Kafka that never says where a topic is is 503 in time, and what it says later changes nothing', async () => {
    const asked = Promise.withResolvers<undefined>();
    const { url, budget } = await receiver(undefined, { kafkaAnswers: asked.promise, timeoutMs: 200 });
    const response = await fetch(`${url}/shop/late`, { method: 'POST', headers: event });
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([503, '2', 'Kafka does not answer\n']);
    asked.resolve(undefined);
    await delay(10);
    expect(budget.used).toBe(0);
  });

  test('R11.5: who only announces a large body, or sends heads that wait, takes nothing from others, or is refused', async () => {
    const gate = Promise.withResolvers<undefined>();
    const { port, url, budget } = await receiver(() => gate.promise, { limit: 60_000 });
    const slow = Array.from({ length: 5 }, () => connect(port, '127.0.0.1'));
    for (const socket of slow) socket.write('POST /shop/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n');
    await eventually('the heads are held', () => budget.used > 5 * 8192);
    expect(budget.used).toBeLessThan(5 * 8300);
    for (const socket of slow) socket.destroy();
    await eventually('nothing is held', () => budget.used === 0);
    const lines = Object.entries(event).map(([name, value]) => `${name}: ${value}`);
    const pipelined = ['POST /shop/orders HTTP/1.1', 'Host: x', ...lines, `large: ${'x'.repeat(4000)}`, 'Content-Length: 0', '', ''].join('\r\n').repeat(20);
    const socket = connect(port, '127.0.0.1');
    let answers = '';
    socket.setEncoding('latin1').on('data', (text: string) => (answers += text));
    socket.write(pipelined);
    await eventually('much is held', () => budget.used > 45_000);
    expect((await fetch(`${url}/shop/orders`, { method: 'POST', headers: { ...event, large: 'x'.repeat(8000) } })).status).toBe(429);
    gate.resolve(undefined);
    await eventually('all are answered', () => answers.match(/HTTP\/1.1 \d+/g)?.length === 20, 5000, () => answers);
    expect(answers.match(/HTTP\/1.1 202/g)).toHaveLength(4);
    expect(answers.match(/HTTP\/1.1 429/g)).toHaveLength(16);
    await eventually('nothing is held', () => budget.used === 0);
    socket.destroy();
  });

  test('R11.5: what is refused behind a request that waits is held by the limit; where there is no room the connection ends, and the others do not notice', async () => {
    const gate = Promise.withResolvers<undefined>();
    const { port, url, budget, metrics } = await receiver(() => gate.promise);
    const lines = Object.entries(event).map(([name, value]) => `${name}: ${value}`);
    const good = ['POST /shop/orders HTTP/1.1', 'Host: x', ...lines, 'Content-Length: 0', '', ''].join('\r\n');
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    socket.write(good + 'POST /none HTTP/1.1\r\nHost: x\r\n\r\nPOST /none HTTP/1.1\r\n\r\nOPTIONS / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(100));
    await eventually('the connection ends', () => socket.closed, 5000);
    const count = Number(/reason="unknown_channel"} (\d+)/.exec(await metrics.registry.metrics())?.[1]);
    expect(count).toBeLessThan(reserve / 4096);
    const other = fetch(`${url}/shop/orders`, { method: 'POST', headers: event });
    gate.resolve(undefined);
    expect((await other).status).toBe(202);
    await eventually('nothing is held', () => budget.used === 0);
  });

  test.each([
    { name: 'of a declared length', head: 'Content-Length: 900', body: 'x'.repeat(900), pays: 900 },
    { name: 'in chunks', head: 'Transfer-Encoding: chunked', body: `384\r\n${'x'.repeat(900)}\r\n0\r\n\r\n`, pays: 1000 },
    { name: 'that is none', head: 'a: b', body: '', pays: 0 },
  ])('R11.5: a body $name, which Node reads while Kafka is asked about its topic, is paid for, and once', async ({ head, body, pays }) => {
    const asked = Promise.withResolvers<undefined>();
    const stored = Promise.withResolvers<undefined>();
    const { port, budget } = await receiver(() => stored.promise, { kafkaAnswers: asked.promise, limit: 200_000 });
    const lines = Object.entries(event).map(([name, value]) => `${name}: ${value}`);
    const socket = connect(port, '127.0.0.1');
    socket.write(['POST /shop/late HTTP/1.1', 'Host: x', ...lines, head, '', body].join('\r\n'));
    await eventually('the request is held', () => budget.used > 0);
    const paid = budget.used;
    expect(paid).toBeGreaterThanOrEqual(8192 + pays);
    expect(paid).toBeLessThan(8192 + pays + 200);
    asked.resolve(undefined);
    await delay(50);
    expect(budget.used).toBe(paid);
    stored.resolve(undefined);
    await eventually('nothing is held', () => budget.used === 0);
    socket.destroy();
  });

  test('a sender that goes away while Kafka is asked about its topic costs nothing', async () => {
    const asked = Promise.withResolvers<undefined>();
    const { port, budget, metrics } = await receiver(undefined, { kafkaAnswers: asked.promise });
    const socket = connect(port, '127.0.0.1');
    socket.write('POST /shop/late HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nabc');
    await eventually('the head is held', () => budget.used > 0);
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    asked.resolve(undefined);
    await eventually('nothing is held', () => budget.used === 0);
    expect(await metrics.registry.metrics()).toContain('reason="sender_gone"} 1');
  });

  test.each([
    { name: 'two Host headers', lines: ['POST /shop/orders HTTP/1.1', 'Host: a', 'Host: b', 'Content-Length: 0'], want: 400 },
    { name: 'HTTP/1.0 without Host', lines: ['POST /shop/orders HTTP/1.0', 'Content-Length: 0'], want: 400 },
    { name: 'a coded transfer', lines: ['POST /shop/orders HTTP/1.1', 'Host: a', 'Transfer-Encoding: gzip, chunked'], want: 501 },
    { name: 'a length and chunks', lines: ['POST /shop/orders HTTP/1.1', 'Host: a', 'Content-Length: 1', 'Transfer-Encoding: chunked'], want: 400 },
    { name: 'too many headers', lines: ['POST /shop/orders HTTP/1.1', 'Host: a', 'Content-Length: 0', ...Array.from({ length: 2100 }, (_none, i) => `a${i}: b`)], want: 431 },
  ])('refuses $name', async ({ lines, want }) => expect(await raw((await receiver()).port, lines, '0\r\n\r\n')).toMatch(new RegExp(`^HTTP/1.1 ${want} `)));

  test('DP-3, P7: hands on version, bytes and headers as they came, to the partition of the key', async () => {
    const sent: Parameters<Send>[] = [];
    const { url } = await receiver((...args) => Promise.resolve(void sent.push(args)));
    await fetch(`${url}/shop/orders`, { method: 'POST', headers: { ...event, 'ce-specversion': '0.3', 'ce-subject': 'abc', 'Knative-Hello': 'x', traceparent: '00-1' }, body: '{"n":1.0}' });
    const [topic, partition, record] = sent[0] ?? [];
    expect([topic, partition]).toEqual(['knative-messaging-kafka.shop.orders', 479470107 % 4]);
    expect(record?.value?.toString()).toBe('{"n":1.0}');
    expect(Object.fromEntries(record?.headers ?? [])).toEqual({
      'content-type': 'text/plain;charset=UTF-8',
      ce_specversion: '0.3',
      ce_id: '1',
      ce_source: '/s',
      ce_type: 't',
      ce_subject: 'abc',
      'knative-hello': 'x',
      traceparent: '00-1',
    });
  });

  test('S-1: a batch is 202 when all its events are in Kafka, and none is sent where one is no event', async () => {
    const sent: string[] = [];
    const { url, metrics } = await receiver((_topic, _partition, { value }) => {
      sent.push(String(value));
      return String(value).includes('"bad"') ? Promise.reject(new ProduceError('unavailable', 'why')) : Promise.resolve();
    });
    const documents = ['1', '2', 'bad'].map((id) => `{"specversion":"1.0","id":"${id}","source":"/s","type":"t"}`);
    const post = async (body: string): Promise<number> => (await fetch(`${url}/shop/orders`, { method: 'POST', headers: { 'content-type': 'application/cloudevents-batch+json' }, body })).status;
    expect(await post(`[${documents.join()},{}]`)).toBe(400);
    expect(sent).toEqual([]);
    expect(await post(`[${documents.slice(0, 2).join()}]`)).toBe(202);
    expect(sent).toEqual(documents.slice(0, 2));
    expect(await post(`[${documents.join()}]`)).toBe(503);
    expect(await post('[]')).toBe(202);
    expect(await metrics.registry.metrics()).toContain('kafkachannel_receiver_events_total{namespace="shop",channel="orders"} 4');
  });

  test('DP-20: a request that is no HTTP any more in the middle of its body is one request, of its channel, with its reason', async () => {
    const { port, metrics, budget } = await receiver();
    expect(await raw(port, ['POST /shop/orders HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked'], '1\r\nx\r\nzz\r\n')).toMatch(/^HTTP\/1.1 400 /);
    await eventually('nothing is held', () => budget.used === 0);
    const text = await metrics.registry.metrics();
    expect(text.match(/requests_total\{.*/g)).toEqual(['requests_total{namespace="shop",channel="orders",code="400"} 1']);
    expect(text.match(/rejected_events_total\{.*/g)).toEqual(['rejected_events_total{reason="malformed"} 1']);
  });

  test('DP-20, DP-21: counts what is answered and refused, and takes no label from an unknown channel', async () => {
    const { url, metrics } = await receiver();
    await fetch(`${url}/shop/orders`, { method: 'POST', headers: event });
    await fetch(`${url}/evil/name`, { method: 'POST', headers: event });
    await fetch(`${url}/shop/orders`, { method: 'POST' });
    const text = await metrics.registry.metrics();
    expect(text).toContain('kafkachannel_receiver_requests_total{namespace="shop",channel="orders",code="202"} 1');
    expect(text).toContain('kafkachannel_receiver_events_total{namespace="shop",channel="orders"} 1');
    expect(text).toContain('kafkachannel_receiver_requests_total{namespace="",channel="",code="404"} 1');
    expect(text).toContain('kafkachannel_receiver_rejected_events_total{reason="invalid_event"} 1');
    expect(text).not.toContain('evil');
  });

  test('a sender that goes away in the middle costs nothing', async () => {
    const { port, budget, metrics } = await receiver();
    const socket = connect(port, '127.0.0.1');
    socket.write('POST /shop/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nabc');
    await eventually('bytes are held', () => budget.used > 0);
    socket.destroy();
    await eventually('nothing is held', () => budget.used === 0);
    expect(await metrics.registry.metrics()).toContain('reason="sender_gone"} 1');
  });
});

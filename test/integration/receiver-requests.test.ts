import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { channelServiceName, topicName } from '../../contract/names.ts';
import { eventually } from '../support/eventually.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import { allRecordsOf } from '../support/kafkajs.ts';
import { metricTroubles, promtoolSays } from '../support/metric-rules.ts';
import { rawHttp } from '../support/raw-http.ts';
import type { TestReceiver } from '../support/receiver.ts';
import { eventHeaders, readyReceiver } from '../support/receiver.ts';
import { newTopic } from '../support/topic.ts';

const longName = 'n'.repeat(63);
const orders = topicName({ namespace: 'shop', name: 'orders' });
const long = topicName({ namespace: 'shop', name: longName });

let kafka: TestKafka;
let receiver: TestReceiver;

beforeAll(async () => {
  kafka = await testKafka();
  await newTopic(kafka.bootstrap, 8, orders);
  await newTopic(kafka.bootstrap, 1, long);
  receiver = await readyReceiver({ 'bootstrap.servers': kafka.bootstrap });
}, 90_000);
afterAll(async () => {
  await receiver.stop();
  await kafka.stop();
});

async function storedIds(topic: string): Promise<(string | undefined)[]> {
  return (await allRecordsOf(kafka.bootstrap, topic)).map(({ headers }) => headers['ce_id']);
}

describe('what is no event', () => {
  const named = (id: string, name: string, value: string): Record<string, string> => ({ ...eventHeaders(id), [name]: value });

  test.each<[name: string, header: string, value: string, reason: string]>([
    ['DP-7, DP-12: an empty id', 'ce-id', '', 'attribute id is empty'],
    ['DP-7, DP-12: an empty source', 'ce-source', '', 'attribute source is empty'],
    ['DP-7, DP-12: an empty type', 'ce-type', '', 'attribute type is empty'],
    ['an empty specversion', 'ce-specversion', '', 'attribute specversion is "": must be 1.0 or 0.3'],
    ['L-10: specversion 10.0', 'ce-specversion', '10.0', 'attribute specversion is "10.0": must be 1.0 or 0.3'],
    ['a name with a hyphen', 'ce-my-ext', 'x', 'attribute name "my-ext" is not allowed: use lower-case letters and digits'],
    ['a name with an underscore', 'ce-my_ext', 'x', 'attribute name "my_ext" is not allowed: use lower-case letters and digits'],
    ['a name with a dot', 'ce-my.ext', 'x', 'attribute name "my.ext" is not allowed: use lower-case letters and digits'],
    ['no name at all', 'ce-', 'x', 'attribute name "" is not allowed: use lower-case letters and digits'],
    ['the name data', 'ce-data', 'x', 'attribute name "data" is not allowed: use lower-case letters and digits'],
    ['a time that is none', 'ce-time', 'yesterday', 'attribute time is "yesterday": must be an RFC 3339 timestamp'],
  ])('%s is 400 with its reason, and nothing is stored', async (_name, header, value, reason) => {
    const id = crypto.randomUUID();
    expect(await receiver.post('/shop/orders', named(id, header, value), '{}')).toMatchObject({ status: 400, text: `${reason}\n` });
    expect(await storedIds(orders)).not.toContain(id);
  });

  test.each(['PUT', 'GET', 'DELETE', 'PATCH', 'HEAD'])('L-10: %s is 405, with what is allowed, and nothing is stored', async (method) => {
    const id = crypto.randomUUID();
    const response = await fetch(`${receiver.url}/shop/orders`, { method, headers: eventHeaders(id), ...(method === 'PUT' && { body: '{}' }) });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
    expect(await response.text()).toBe(method === 'HEAD' ? '' : `method ${method} is not taken: use POST\n`);
    expect(await storedIds(orders)).not.toContain(id);
  });
});

describe('where events go', () => {
  const service = 'orders-kn-channel';

  test.each<[host: string, path: string, topic: string]>([
    [`${service}.shop`, '/', orders],
    [`${service}.shop.svc`, '/', orders],
    [`${service}.shop.svc.cluster.local`, '/', orders],
    [`${service}.shop.svc.cluster.local.`, '/', orders],
    [`${service}.shop.svc.corp.example`, '/', orders],
    [`${service}.shop.svc.cluster.local:8080`, '/', orders],
    [`${service.toUpperCase()}.Shop.SVC.Cluster.Local`, '/', orders],
    [`${service}.shop`, '/some/other', orders],
    [`${channelServiceName(longName)}.shop.svc.cluster.local`, '/', long],
    ['127.0.0.1', '/shop/orders', orders],
    ['127.0.0.1', '/shop/orders/', orders],
    ['127.0.0.1', '/shop/orders?a=b', orders],
    ['kafka-receiver.knative-eventing.svc', `/shop/${longName}/`, long],
  ])('DP-9: host %s, path %s', async (host, path, topic) => {
    const id = crypto.randomUUID();
    const lines = Object.entries(eventHeaders(id)).map(([name, value]) => `${name}: ${value}`);
    const request = [`POST ${path} HTTP/1.1`, `Host: ${host}`, ...lines, 'Content-Length: 0', '', ''].join('\r\n');
    const { statuses } = await rawHttp(Number(new URL(receiver.url).port), [request], { limitMs: 10_000, answers: 1 });
    expect(statuses).toEqual([202]);
    expect(await storedIds(topic)).toContain(id);
  });
});

/** A connection, whose answers are counted by their first lines. */
function connection(): { socket: Socket; statuses: () => number[] } {
  let text = '';
  const socket = connect(Number(new URL(receiver.url).port), '127.0.0.1').setEncoding('latin1').on('error', () => undefined).on('data', (some: string) => (text += some));
  return { socket, statuses: () => Array.from(text.matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, code]) => Number(code)) };
}

function head(id: string, ...more: string[]): string {
  const lines = Object.entries(eventHeaders(id)).map(([name, value]) => `${name}: ${value}`);
  return ['POST /shop/orders HTTP/1.1', 'Host: x', ...lines, ...more, '', ''].join('\r\n');
}

describe('how events come', () => {
  test('a sender that waits for 100 Continue, as curl does with large bodies, is told to go on, and its event is stored', async () => {
    const id = crypto.randomUUID();
    const body = Buffer.alloc(100_000, 'a\0ü');
    const { socket, statuses } = connection();
    socket.write(head(id, `Content-Length: ${body.length}`, 'Expect: 100-continue'));
    await eventually('it may go on', () => statuses().length > 0, 5000);
    expect(statuses()).toEqual([100]);
    socket.write(body);
    await eventually('it is answered', () => statuses().length > 1, 10_000);
    expect(statuses()).toEqual([100, 202]);
    socket.destroy();
    const stored = (await allRecordsOf(kafka.bootstrap, orders)).find(({ headers }) => headers['ce_id'] === id);
    expect(stored?.value?.equals(body)).toBe(true);
  });

  test('5.2: a head of as many lines as are allowed arrives whole, one more is 431', async () => {
    const id = crypto.randomUUID();
    const extensions = Array.from({ length: 506 }, (_none, i) => [`x${i}`, `value-${i}`] as const);
    const lines = extensions.map(([name, value]) => `ce-${name}: ${value}`);
    const { socket, statuses } = connection();
    socket.write(head(id, 'Content-Length: 0', ...lines));
    await eventually('it is answered', () => statuses().length > 0, 10_000);
    socket.write(head(crypto.randomUUID(), 'Content-Length: 0', ...lines, 'a: b'));
    await eventually('the next is answered', () => statuses().length > 1, 10_000);
    expect(statuses()).toEqual([202, 431]);
    socket.destroy();
    const stored = (await allRecordsOf(kafka.bootstrap, orders)).find(({ headers }) => headers['ce_id'] === id);
    expect(stored?.headers).toMatchObject(Object.fromEntries(extensions.map(([name, value]) => [`ce_${name}`, value])));
  });

  test('DP-16: values in raw UTF-8, in Latin-1, in percent code and in quotes are stored as the text that they are', async () => {
    const id = crypto.randomUUID();
    const { socket, statuses } = connection();
    const utf8 = Buffer.from('grüße €').toString('latin1');
    socket.write(head(id, `ce-raw: ${utf8}`, 'ce-old: gr\xfc\xdfe', 'ce-coded: gr%C3%BC%C3%9Fe%20%E2%82%AC', 'ce-quoted: "a \\"b\\""', 'Content-Length: 0'), 'latin1');
    await eventually('it is answered', () => statuses().length > 0, 10_000);
    socket.destroy();
    const stored = (await allRecordsOf(kafka.bootstrap, orders)).find(({ headers }) => headers['ce_id'] === id);
    expect(stored?.headers).toMatchObject({ ce_raw: 'grüße €', ce_old: 'grüße', ce_coded: 'grüße €', ce_quoted: 'a "b"' });
  });

  test('5.2: a connection is kept for longer than Node would keep it, so that proxies close first', async () => {
    const { socket, statuses } = connection();
    socket.write(head('first', 'Content-Length: 0'));
    await eventually('it is answered', () => statuses().length === 1, 10_000);
    await delay(7000);
    socket.write(head('second', 'Content-Length: 0'));
    await eventually('it is answered again', () => statuses().length === 2, 10_000);
    expect([statuses(), socket.closed]).toEqual([[202, 202], false]);
    socket.destroy();
  }, 30_000);
});

test('S-2: OPTIONS is answered as the handshake of CloudEvents\' webhooks wants, and counted', async () => {
  const headers = { 'WebHook-Request-Origin': 'eventemitter.example.com', 'WebHook-Request-Rate': '120', 'WebHook-Request-Callback': 'http://127.0.0.1:1/confirm' };
  const response = await fetch(`${receiver.url}/shop/orders`, { method: 'OPTIONS', headers });
  const said = Object.fromEntries(['allow', 'webhook-allowed-origin', 'webhook-allowed-rate'].map((name) => [name, response.headers.get(name)]));
  expect([response.status, said]).toEqual([200, { allow: 'POST, OPTIONS', 'webhook-allowed-origin': '*', 'webhook-allowed-rate': '*' }]);
  expect(await receiver.metrics()).toContain('kafkachannel_receiver_requests_total{namespace="",channel="",code="200"} 1');
});

test('R20.1, DP-22: a batch for several partitions is one produce', async () => {
  const produced = async (): Promise<{ requests: number; records: number }> => {
    const metrics = await receiver.metrics();
    const number = (name: string): number => Number(new RegExp(`kafkachannel_receiver_batch_records_${name} (\\d+)`).exec(metrics)?.[1]);
    return { requests: number('count'), records: number('sum') };
  };
  const keys = ['a', 'b', 'c', 'd'];
  const documents = keys.map((key) => JSON.stringify({ specversion: '1.0', id: `batch-${key}`, source: '/s', type: 't', partitionkey: key }));
  const before = await produced();
  expect(await receiver.post('/shop/orders', { 'content-type': 'application/cloudevents-batch+json' }, `[${documents.join()}]`)).toMatchObject({ status: 202 });
  const after = await produced();
  expect({ requests: after.requests - before.requests, records: after.records - before.records }).toEqual({ requests: 1, records: 4 });
  const stored = (await allRecordsOf(kafka.bootstrap, orders)).filter(({ value }) => value?.includes('"batch-'));
  expect(new Set(stored.map(({ partition }) => partition)).size).toBeGreaterThan(1);
});

test.each([{ MAX_CONNECTIONS: '4' }, { MAX_CONNECTIONS: '2', WORKERS: '2' }])('5.2: connections beyond MAX_CONNECTIONS are closed and counted, those that are there go on, and a place that is free is taken: %j', async (settings) => {
  await using own = await readyReceiver({ 'bootstrap.servers': kafka.bootstrap }, settings);
  const port = Number(new URL(own.url).port);
  const open = new Set<Socket>();
  const sockets = Array.from({ length: 6 }, () => {
    const socket = connect(port, '127.0.0.1');
    open.add(socket);
    return socket.on('error', () => undefined).on('close', () => open.delete(socket)).resume();
  });
  await eventually('two are closed', () => open.size === 4, 8000, () => open.size);
  expect(await own.metrics()).toContain('rejected_events_total{reason="too_many_connections"} 2');
  for (const socket of sockets) socket.destroy();
  await eventually('an event is taken', async () => (await own.post('/shop/orders').catch(() => undefined))?.status === 202);
}, 60_000);

test.each([{ WORKERS: '1' }, { WORKERS: '2' }])('M1, DP-23: without any setting, metrics are served as docs/metrics.md says, no more and no less, and promtool has nothing to say: %j', async (workers) => {
  await using own = await readyReceiver({ 'bootstrap.servers': kafka.bootstrap }, workers);
  expect((await own.post('/shop/orders')).status).toBe(202);
  expect((await own.post('/shop/none')).status).toBe(404);
  const served = await own.metrics();
  const documented = (await readFile(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8')).matchAll(/^\| `(kafkachannel_(?:receiver_\w+|build_info))` \| (\w+) \|/gm);
  const typesServed = Array.from(served.matchAll(/^# TYPE (\S+) (\S+)$/gm), ([, name, type]) => `${name ?? ''} ${type ?? ''}`);
  expect(typesServed.sort()).toEqual(Array.from(documented, ([, name, type]) => `${name ?? ''} ${type ?? ''}`).sort());
  expect(metricTroubles(served)).toEqual([]);
  expect(served).toContain('kafkachannel_receiver_events_total{namespace="shop",channel="orders"} 1');
  expect(served).toContain('kafkachannel_receiver_rejected_events_total{reason="unknown_channel"} 1');
  expect(served).toMatch(/kafkachannel_receiver_produce_duration_seconds_count 1\n/);
  expect(served.match(/^kafkachannel_build_info\{component="receiver",.*$/gm)).toEqual([expect.stringMatching(/ 1$/)]);
  const said = await promtoolSays(served);
  if (said === undefined) process.stderr.write('SKIPPED: promtool is not on the PATH: set PROMTOOL_BIN\n');
  else expect(said).toEqual({ code: 0, output: '' });
}, 60_000);

test.each([{ WORKERS: '1' }, { WORKERS: '2' }])('DP-23: METRICS_ENABLED=false: no metrics, and all else as before: %j', async (workers) => {
  await using own = await readyReceiver({ 'bootstrap.servers': kafka.bootstrap }, { METRICS_ENABLED: 'false', ...workers });
  expect((await own.post('/shop/orders')).status).toBe(202);
  expect((await own.post('/shop/none')).status).toBe(404);
  expect((await fetch(`${own.managementUrl}/metrics`)).status).toBe(404);
  expect((await fetch(`${own.managementUrl}/healthz`)).status).toBe(200);
}, 60_000);

test('R11.4: a limit that the queue cuts is told of at the start, and is 413, not 429 for ever', async () => {
  await using own = await readyReceiver({ 'bootstrap.servers': kafka.bootstrap }, { MAX_EVENT_BYTES: '1048576', QUEUE_LIMIT_BYTES: '1048576' });
  const largest = 1_048_576 - 1_048_576 / 32 - 8192 - 32_768 - 256 * (512 - 16);
  expect(own.output()).toContain(`events may have ${largest} bytes`);
  expect(await own.post('/shop/orders', eventHeaders(), 'x'.repeat(largest + 1))).toMatchObject({ status: 413, text: `the event is larger than ${largest} bytes\n` });
  expect(await own.post('/shop/orders', eventHeaders(), 'x'.repeat(largest))).toMatchObject({ status: 202 });
}, 60_000);

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { CloudEvent, HTTP } from 'cloudevents';
import type { IncomingHttpHeaders } from 'node:http';

import { topicName } from '../../contract/names.ts';
import { aDispatcherFile, aSubscription } from '../support/dispatcher-file.ts';
import type { DispatcherProcess } from '../support/dispatcher-process.ts';
import { dispatcherProcess } from '../support/dispatcher-process.ts';
import { eventually } from '../support/eventually.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import type { WitnessedRecord } from '../support/kafkajs.ts';
import { allRecordsOf, createTopic } from '../support/kafkajs.ts';
import { rawHttp } from '../support/raw-http.ts';
import type { TestReceiver } from '../support/receiver.ts';
import { eventHeaders, readyReceiver } from '../support/receiver.ts';
import type { ReceivedRequest, TestSubscriber } from '../support/subscriber.ts';
import { testSubscriber } from '../support/subscriber.ts';

jest.setTimeout(60_000);

const topic = topicName({ namespace: 'shop', name: 'orders' });

let kafka: TestKafka;
let receiver: TestReceiver;
let subscriber: TestSubscriber;
let dispatcher: DispatcherProcess;

beforeAll(async () => {
  kafka = await testKafka();
  await createTopic(kafka.bootstrap, topic, 3);
  subscriber = await testSubscriber();
  [receiver, dispatcher] = await Promise.all([
    readyReceiver({ 'bootstrap.servers': kafka.bootstrap }),
    dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, aSubscription('one', { subscriberUri: subscriber.url }))),
  ]);
  await dispatcher.joined(1);
}, 180_000);
afterAll(async () => {
  await Promise.all([receiver.stop(), dispatcher.end('SIGTERM')]);
  await subscriber.close();
  await kafka.stop();
});

const structuredType = 'application/cloudevents+json';

/** An id that finds the event again, wherever it is written. */
function newId(): string {
  return `id-${crypto.randomUUID()}`;
}

interface Sent {
  readonly headers: Record<string, string>;
  readonly body: string | Buffer;
}

/** Sends it, and returns it as another client reads it from the topic and as the subscriber gets it. */
async function throughAll(id: string, { headers, body }: Sent): Promise<{ record: WitnessedRecord; delivered: ReceivedRequest }> {
  expect(await receiver.post('/shop/orders', headers, body)).toMatchObject({ status: 202, text: '' });
  const has = (text: string): boolean => text.includes(id);
  const delivered = await eventually(`${id} is delivered`, () => subscriber.requests.find((request) => has(String(request.headers['ce-id'])) || has(request.body.toString())));
  const records = await allRecordsOf(kafka.bootstrap, topic);
  const record = records.find(({ headers: { ce_id }, value }) => has(ce_id ?? '') || has(String(value)));
  if (!record) throw new Error(`${id} is not in the topic`);
  return { record, delivered };
}

function attributesIn(headers: IncomingHttpHeaders): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('ce-')));
}

const odd = {
  'ce-time': '2026-01-02T03:04:05.123456789+02:00',
  'ce-big': '12345678901234567890',
  'ce-empty': '',
  'ce-constructor': 'legal',
  'ce-euro': 'Euro%20%E2%82%AC%20%F0%9F%98%80',
  'ce-percent': '100%25',
  'ce-quote': '%22',
};

describe.each(['1.0', '0.3'])('CloudEvents %s, from a sender through Kafka to a subscriber', (specversion) => {
  test.each<[name: string, headers: Record<string, string>, body: Buffer]>([
    ['the least event, without data', {}, Buffer.alloc(0)],
    ['text', { 'content-type': 'text/plain; charset=utf-8' }, Buffer.from('grüße\r\n\0')],
    ['JSON, whose bytes nobody touches', { 'content-type': 'application/json' }, Buffer.from('{ "n":12345678901234567890,"x":1.0,"__proto__":{"ü":"\\u00fc"} }')],
    ['bytes of any kind', { 'content-type': 'application/vnd.apache.thrift.binary; x="y"' }, Buffer.from(Array.from({ length: 256 }, (_none, i) => i))],
    ['XML without a trailing newline', { 'content-type': 'application/xml' }, Buffer.from('<a/>')],
    ['every attribute, extensions and odd values', { 'content-type': 'application/json', 'ce-subject': 's%20%C3%BC', 'ce-dataschema': 'urn:x', ...odd }, Buffer.from('{}')],
    ['data without a type', {}, Buffer.from('x')],
  ])('L-8, DP-3, DP-14, DP-15, DP-16: binary: %s', async (_name, more, body) => {
    const id = newId();
    const headers = eventHeaders(id, { ...more, 'ce-specversion': specversion, ...(specversion === '0.3' && 'ce-dataschema' in more && { 'ce-schemaurl': 'urn:x' }) });
    const { record, delivered } = await throughAll(id, { headers, body });
    const decoded = Object.entries(headers).map(([name, value]) => [name.replace(/^ce-/, 'ce_'), decodeURIComponent(value)] as const);
    const expected = Object.fromEntries(decoded);
    expect(record.headers).toEqual(expected);
    expect(record.value?.toString('latin1') ?? '').toBe(body.toString('latin1'));
    expect(delivered.body.equals(body)).toBe(true);
    expect(attributesIn(delivered.headers)).toEqual(attributesIn(headers));
    expect(delivered.headers['content-type']).toBe(more['content-type']);
  });

  test.each([
    ['an object', '"datacontenttype":"application/json","data":{"n":12345678901234567890, "x":1.0 }'],
    ['a string', '"datacontenttype":"text/plain","data":"grüße \\u00fc \\n"'],
    ['null', '"data":null'],
    ['no data', '"ext":"e"'],
    ['bytes', specversion === '1.0' ? '"data_base64":"AAECAw=="' : '"datacontentencoding":"base64","data":"AAECAw=="'],
    ['odd attributes', '"time":"2026-01-02T03:04:05.123456789Z","big":12345678901234567890,"yes":true,"subject":"ü😀","empty":""'],
  ])('L-8, DP-5, DP-16: structured: %s', async (_name, members) => {
    const id = newId();
    const document = ` {"specversion":"${specversion}", "id":"${id}","source":"/s","type":"t",${members}}\n`;
    const { record, delivered } = await throughAll(id, { headers: { 'content-type': `${structuredType}; charset=utf-8` }, body: document });
    expect(record.value?.toString()).toBe(document);
    expect(delivered.headers['content-type']).toBe(`${structuredType}; charset=utf-8`);
    expect(delivered.body.toString()).toBe(document);
  });
});

test('R20.1: the events of a batch arrive one by one, each as its document', async () => {
  const ids = [newId(), newId(), newId()];
  const documents = ids.map((id, i) => `{ "specversion":"1.0","id":"${id}","source":"/s","type":"t","partitionkey":"k${i}","data":{"n":1.0} }`);
  const { status } = await receiver.post('/shop/orders', { 'content-type': 'application/cloudevents-batch+json; charset=utf-8' }, `[ ${documents.join(' ,\n')} ]`);
  expect(status).toBe(202);
  for (const [i, id] of ids.entries()) {
    const delivered = await eventually(`${id} is delivered`, () => subscriber.requests.find(({ body }) => body.includes(id)));
    expect([delivered.headers['content-type'], delivered.body.toString()]).toEqual([structuredType, documents[i]]);
  }
  const keys = (await allRecordsOf(kafka.bootstrap, topic)).filter(({ value }) => ids.some((id) => value?.includes(id))).map(({ key }) => String(key));
  expect(keys.sort()).toEqual(['k0', 'k1', 'k2']);
});

test('R20.1: of a batch in which one event is none, nothing is written', async () => {
  const id = newId();
  const good = `{"specversion":"1.0","id":"${id}","source":"/s","type":"t"}`;
  for (const bad of ['{}', '{"specversion":"1.0","id":"","source":"/s","type":"t"}', '1', `${good.slice(0, -1)},"A":"x"}`]) {
    expect(await receiver.post('/shop/orders', { 'content-type': 'application/cloudevents-batch+json' }, `[${good},${bad}]`)).toMatchObject({ status: 400, text: expect.stringMatching(/^batch: event 1: .*\n$/) });
  }
  expect((await allRecordsOf(kafka.bootstrap, topic)).filter(({ value }) => value?.includes(id))).toEqual([]);
});

test('DP-17: the CloudEvents SDK reads what is delivered of what it has sent', async () => {
  for (const mode of ['binary', 'structured'] as const) {
    const event = new CloudEvent({ id: newId(), source: '/s', type: 't', subject: 'grüße', time: '2026-01-02T03:04:05.000Z', datacontenttype: 'application/json; charset=utf-8', myext: 'x', data: { a: [1, 'ü'] } });
    const { headers, body } = HTTP[mode](event);
    const { delivered } = await throughAll(event.id, { headers: headers as Record<string, string>, body: body as string });
    const read = HTTP.toEvent({ headers: delivered.headers, body: delivered.body.toString() }) as CloudEvent<unknown>;
    // The SDK sends Latin-1, and reads no percent code.
    expect({ ...read.toJSON(), subject: decodeURIComponent(read.subject ?? '') }).toEqual(event.toJSON());
  }
});

test('L-9, DP-24: trace context and preserved headers reach the subscriber; credentials and hop-by-hop headers do not; no header becomes an attribute', async () => {
  const id = newId();
  const travelling = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', tracestate: 'a=b', baggage: 'c=d', 'x-request-id': 'r', 'x-b3-traceid': '1', b3: '0', 'knative-hello': 'world' };
  const staying = { authorization: 'Bearer x', cookie: 'a=b', ce_forged: 'x', 'x-ce-forged': 'x', 'knative_ce-x': 'x', te: 'trailers', 'proxy-authorization': 'x', 'x-forwarded-for': '1.2.3.4' };
  const { record, delivered } = await throughAll(id, { headers: { ...eventHeaders(id), ...travelling, ...staying }, body: Buffer.alloc(0) });
  expect(record.headers).toEqual({ ce_specversion: '1.0', ce_id: id, ce_source: '/test', ce_type: 'test.event', ...travelling });
  expect(delivered.headers).toMatchObject({ ...travelling, traceparent: expect.stringContaining('4bf92f3577b34da6a3ce929d0e0e4736') });
  for (const name of Object.keys(staying)) expect([name, delivered.headers[name]]).toEqual([name, undefined]);
  expect(Object.keys(attributesIn(delivered.headers)).sort()).toEqual(['ce-id', 'ce-source', 'ce-specversion', 'ce-type']);
});

test('L-9, DP-24: lines of tracestate and baggage travel as one list; what Connection names does not travel', async () => {
  const id = newId();
  const lines = Object.entries(eventHeaders(id)).map(([name, value]) => `${name}: ${value}`);
  const more = ['tracestate: a=1', 'baggage: c=1', 'tracestate: b=2', 'baggage: d=2', 'knative-hop: x', 'knative-end: y', 'Connection: close, Knative-Hop'];
  const sent = await rawHttp(Number(new URL(receiver.url).port), [['POST /shop/orders HTTP/1.1', 'Host: x', ...lines, ...more, 'Content-Length: 0', '', ''].join('\r\n')], { limitMs: 10_000 });
  expect(sent.statuses).toEqual([202]);
  const delivered = await eventually(`${id} is delivered`, () => subscriber.requests.find((request) => request.headers['ce-id'] === id));
  const { tracestate, baggage, 'knative-hop': hop, 'knative-end': end } = delivered.headers;
  expect({ tracestate, baggage, hop, end }).toEqual({ tracestate: 'a=1,b=2', baggage: 'c=1,d=2', hop: undefined, end: 'y' });
});

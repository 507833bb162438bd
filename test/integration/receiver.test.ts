import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { CloudEvent, HTTP } from 'cloudevents';
import type { KafkaJSProtocolError } from 'kafkajs';
import { ConfigResourceTypes } from 'kafkajs';

import { topicName } from '../../contract/names.ts';
import { eventually } from '../support/eventually.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import { allRecordsOf, createTopic, recordsOf, withAdmin, withProducer } from '../support/kafkajs.ts';
import type { TestReceiver } from '../support/receiver.ts';
import { eventHeaders, readyReceiver } from '../support/receiver.ts';

jest.setTimeout(60_000);

let kafka: TestKafka;
let receiver: TestReceiver;

beforeAll(async () => {
  kafka = await testKafka();
  receiver = await readyReceiver({ 'bootstrap.servers': kafka.bootstrap });
}, 90_000);
afterAll(async () => {
  await receiver.stop();
  await kafka.stop();
});

let channels = 0;

/** A channel of its own for each test, with its topic there. */
async function aChannel(partitions = 1): Promise<{ path: string; topic: string; name: string }> {
  channels += 1;
  const name = `channel-${channels}`;
  const topic = topicName({ namespace: 'shop', name });
  await createTopic(kafka.bootstrap, topic, partitions);
  return { path: `/shop/${name}`, topic, name };
}

/** Waits until the broker refuses a record of so many bytes: it takes a moment until a changed configuration counts. What it takes before that has no headers. */
async function brokerRefuses(topic: string, bytes: number): Promise<void> {
  await withProducer(kafka.bootstrap, async (producer) => {
    const refusal = (): Promise<unknown> => producer.send({ topic, messages: [{ value: 'x'.repeat(bytes) }] }).then(() => undefined, (error: unknown) => (error as KafkaJSProtocolError).type);
    await eventually(`${topic} takes no ${bytes} bytes`, async () => (await refusal()) === 'MESSAGE_TOO_LARGE');
  });
}

describe('what a receiver writes, read by another client', () => {
  test.each(['1.0', '0.3'])('DP-2, DP-3, DP-11: a binary event of version %s, every attribute and byte', async (specversion) => {
    const { path, topic } = await aChannel();
    const body = Buffer.from([0, 1, 2, 0xff, 0xfe, 0x0a]);
    const headers = eventHeaders('id-1', {
      'ce-specversion': specversion,
      'ce-time': '2026-01-02T03:04:05.123456789+02:00',
      'ce-subject': 'Euro%20%E2%82%AC%20%F0%9F%98%80',
      'ce-constructor': 'legal',
      'ce-big': '12345678901234567890',
      'ce-empty': '',
      'content-type': 'application/vnd.apache.thrift.binary; x="y"',
      'knative-hello': 'world',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      authorization: 'Bearer not-for-kafka',
    });
    expect(await receiver.post(path, headers, body)).toMatchObject({ status: 202, text: '' });
    const [record] = await recordsOf(kafka.bootstrap, topic, 1);
    expect(record?.value).toEqual(body);
    expect(record?.key?.toString()).toBe('Euro € 😀');
    expect(record?.headers).toEqual({
      'content-type': 'application/vnd.apache.thrift.binary; x="y"',
      ce_specversion: specversion,
      ce_id: 'id-1',
      ce_source: '/test',
      ce_type: 'test.event',
      ce_time: '2026-01-02T03:04:05.123456789+02:00',
      ce_subject: 'Euro € 😀',
      ce_constructor: 'legal',
      ce_big: '12345678901234567890',
      ce_empty: '',
      'knative-hello': 'world',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    });
  });

  test('DP-5: a structured event is its document, byte for byte, with the key of its attributes', async () => {
    const { path, topic } = await aChannel();
    const document = '{ "specversion":"1.0","id":"1","source":"/s","type":"t","partitionkey":"k","n":12345678901234567890,"data":{"x":1.0,"__proto__":{"ü":"\\u00fc"}} }';
    expect(await receiver.post(path, { 'content-type': 'application/cloudevents+json; charset=utf-8' }, document)).toMatchObject({ status: 202 });
    const [record] = await recordsOf(kafka.bootstrap, topic, 1);
    expect(record).toMatchObject({ value: Buffer.from(document), key: Buffer.from('k'), headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' } });
  });

  test('DP-17: events of the CloudEvents SDK, binary and structured, and one without data', async () => {
    const { path, topic } = await aChannel();
    const event = new CloudEvent({ id: 'sdk', source: '/s', type: 't', time: '2026-01-02T03:04:05.000Z', data: { a: 1 } });
    for (const { headers, body } of [HTTP.binary(event), HTTP.structured(event)]) {
      expect(await receiver.post(path, headers as Record<string, string>, body as string)).toMatchObject({ status: 202 });
    }
    expect(await receiver.post(path)).toMatchObject({ status: 202 });
    const [binary, structured, empty] = await recordsOf(kafka.bootstrap, topic, 3);
    expect(JSON.parse(String(binary?.value))).toEqual({ a: 1 });
    expect(JSON.parse(String(structured?.value))).toMatchObject({ id: 'sdk', data: { a: 1 } });
    expect(empty?.value).toBeNull();
  });

  test('P7, R21.1: keyed events go to the partitions that the Java client\'s partitioner chooses, others to all of them', async () => {
    const { path, topic } = await aChannel(7);
    const witness = await aChannel(7);
    const keys = Array.from({ length: 40 }, (_none, i) => `key-${i}`);
    await withProducer(kafka.bootstrap, (producer) => producer.send({ topic: witness.topic, messages: keys.map((key) => ({ key, value: 'x' })) }));
    for (const key of keys) await receiver.post(path, eventHeaders(key, { 'ce-partitionkey': key, 'ce-subject': 'other' }), 'x');
    const placed = (records: Awaited<ReturnType<typeof recordsOf>>): string[] => records.map(({ key, partition }) => `${String(key)}@${partition}`).sort();
    expect(placed(await recordsOf(kafka.bootstrap, topic, 40))).toEqual(placed(await recordsOf(kafka.bootstrap, witness.topic, 40)));

    const keyless = await aChannel(3);
    for (let i = 0; i < 60; i += 1) await receiver.post(keyless.path, eventHeaders(String(i)), 'x');
    const records = await recordsOf(kafka.bootstrap, keyless.topic, 60);
    expect(new Set(records.map(({ partition }) => partition))).toEqual(new Set([0, 1, 2]));
    expect(records.every(({ key }) => key === null)).toBe(true);
  });

  test('K1, K3, K5: of many events at once each is stored once, those of one key in the order they were acknowledged', async () => {
    const { path, topic } = await aChannel(4);
    const senders = Array.from({ length: 32 }, async (_none, sender) => {
      for (let i = 0; i < 30; i += 1) {
        const { status } = await receiver.post(path, eventHeaders(`${sender}-${i}`, { 'ce-subject': `sender-${sender}` }), 'x'.repeat(i * 100));
        expect(status).toBe(202);
      }
    });
    await Promise.all(senders);
    const records = await recordsOf(kafka.bootstrap, topic, 32 * 30);
    const ids = Map.groupBy(records, ({ key }) => String(key));
    expect(ids.size).toBe(32);
    for (const [key, own] of ids) expect(own.map(({ headers }) => headers['ce_id'])).toEqual(Array.from({ length: 30 }, (_none, i) => `${key.replace('sender-', '')}-${i}`));
    expect(await receiver.metrics()).toMatch(/kafkachannel_receiver_batch_records_count [1-9]/);
  });

  test('DP-9: the host names the channel as the path does', async () => {
    const { topic, name } = await aChannel();
    // fetch sets Host itself.
    const { request } = await import('node:http');
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request(`${receiver.url}/`, { method: 'POST', headers: { ...eventHeaders(), host: `${name}-kn-channel.shop.svc.cluster.local` } }, (response) => resolve(response.resume().statusCode))
        .once('error', reject)
        .end('x');
    });
    expect(status).toBe(202);
    expect(await recordsOf(kafka.bootstrap, topic, 1)).toHaveLength(1);
  });
});

describe('what a receiver refuses', () => {
  test.each(['ce-specversion', 'ce-type', 'ce-source', 'ce-id'])('DP-7, DP-12: an event without %s, and nothing is written', async (missing) => {
    const { path, topic } = await aChannel();
    const headers = Object.fromEntries(Object.entries(eventHeaders()).filter(([name]) => name !== missing));
    expect(await receiver.post(path, headers, '{}')).toMatchObject({ status: 400, text: `attribute ${missing.slice(3)} is missing\n` });
    await receiver.post(path, eventHeaders('after'));
    expect((await recordsOf(kafka.bootstrap, topic, 1)).map(({ headers: { ce_id } }) => ce_id)).toEqual(['after']);
  });

  test('DP-10: an unknown channel is 404 within a second and creates nothing; a topic that appears is taken within two', async () => {
    const name = 'appears-later';
    const topic = topicName({ namespace: 'shop', name });
    const { status, ms, text } = await receiver.post(`/shop/${name}`);
    expect([status, text]).toEqual([404, `channel shop/${name} is not known\n`]);
    expect(ms).toBeLessThan(1000);
    expect(await withAdmin(kafka.bootstrap, (admin) => admin.listTopics())).not.toContain(topic);
    await createTopic(kafka.bootstrap, topic);
    const created = performance.now();
    await eventually('the topic is taken', async () => (await receiver.post(`/shop/${name}`)).status === 202, 5000);
    expect(performance.now() - created).toBeLessThan(2000);
  });

  test('a channel whose topic is deleted is 404 soon, and disturbs no other', async () => {
    const gone = await aChannel();
    const other = await aChannel();
    expect(await receiver.post(gone.path)).toMatchObject({ status: 202 });
    await withAdmin(kafka.bootstrap, (admin) => admin.deleteTopics({ topics: [gone.topic] }));
    let last = 0;
    await eventually('the channel is unknown', async () => (last = (await receiver.post(gone.path)).status) === 404, 15_000, () => last);
    expect(await receiver.post(other.path)).toMatchObject({ status: 202 });
  });

  test.each([
    { name: 'as Kafka tells', channel: 'small', atFirst: '2000' },
    { name: 'as Kafka\'s refusals show, where the topic has been changed', channel: 'smaller', atFirst: '100000' },
  ])('R11.4: an event that the topic is too small for is 413, and spoils no other: $name', async ({ channel, atFirst }) => {
    const topic = topicName({ namespace: 'shop', name: channel });
    await withAdmin(kafka.bootstrap, async (admin) => {
      await admin.createTopics({ topics: [{ topic, numPartitions: 1, replicationFactor: 1, configEntries: [{ name: 'max.message.bytes', value: atFirst }] }], waitForLeaders: true });
      expect((await receiver.post(`/shop/${channel}`, eventHeaders('first'))).status).toBe(202);
      await admin.alterConfigs({ validateOnly: false, resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name: 'max.message.bytes', value: '2000' }] }] });
    });
    await brokerRefuses(topic, 2500);
    const sizes = [100, 500, 5000, 900, 900, 900, 3000, 900];
    const answers = await Promise.all(sizes.map((size, index) => receiver.post(`/shop/${channel}`, eventHeaders(String(index)), 'x'.repeat(size))));
    expect(answers.map(({ status }) => status)).toEqual(sizes.map((size) => (size > 2000 ? 413 : 202)));
    const stored = (await allRecordsOf(kafka.bootstrap, topic)).map(({ headers }) => headers['ce_id']).filter((id) => id !== undefined);
    expect(stored.sort()).toEqual(['0', '1', '3', '4', '5', '7', 'first']);
    expect(receiver.output().includes(`events of topic ${topic}: MESSAGE_TOO_LARGE`)).toBe(atFirst !== '2000');
    expect(await receiver.post(`/shop/${channel}`, eventHeaders('again'), 'x'.repeat(5000))).toMatchObject({ status: 413 });
  });

  test('R11.4: 413 by what the topic takes, told by Kafka, to the byte; a topic that takes more needs nothing else; a batch is refused whole', async () => {
    const { path, topic } = await aChannel();
    await receiver.post(path, eventHeaders('first'));
    expect(await receiver.post(path, eventHeaders(), 'x'.repeat(1_048_528))).toMatchObject({ status: 413, text: 'the event is larger than 1048527 bytes\n' });
    expect(await receiver.post(path, eventHeaders(), 'x'.repeat(1_048_500))).toMatchObject({ status: 413, text: 'the event is larger than the 1048588 bytes that its topic takes\n' });
    const structured = (id: string, size: number): string => `{"specversion":"1.0","id":"${id}","source":"/s","type":"t","data":"${'x'.repeat(size)}"}`;
    const batch = { 'content-type': 'application/cloudevents-batch+json' };
    expect(await receiver.post(path, batch, `[${structured('a', 1)},${structured('b', 1_048_560)}]`)).toMatchObject({ status: 413 });
    expect(await receiver.post(path, batch, `[${structured('a', 700_000)},${structured('b', 700_000)}]`)).toMatchObject({ status: 202 });
    const [first, ...batched] = await recordsOf(kafka.bootstrap, topic, 3);
    expect(first?.headers['ce_id']).toBe('first');
    expect(batched.map(({ value }) => value?.length)).toEqual([structured('a', 700_000).length, structured('b', 700_000).length]);
    expect(receiver.output()).not.toContain(`events of topic ${topic}:`);

    const large = topicName({ namespace: 'shop', name: 'larger' });
    await withAdmin(kafka.bootstrap, (admin) => admin.createTopics({ topics: [{ topic: large, numPartitions: 1, configEntries: [{ name: 'max.message.bytes', value: '3000000' }] }], waitForLeaders: true }));
    expect(await receiver.post('/shop/larger', eventHeaders(), 'x'.repeat(2_900_000))).toMatchObject({ status: 202 });
  }, 30_000);

  test('413 over the receiver\'s own limit', async () => {
    const { path } = await aChannel();
    await using own = await readyReceiver({ 'bootstrap.servers': kafka.bootstrap }, { MAX_EVENT_BYTES: '1000' });
    expect(await own.post(path, eventHeaders(), 'x'.repeat(1001))).toMatchObject({ status: 413, text: 'the event is larger than 1000 bytes\n' });
  }, 30_000);
});

describe('routes', () => {
  test('a channel may have another topic, from the file as it is now', async () => {
    const { topic } = await aChannel();
    expect((await receiver.post('/shop/routed')).status).toBe(404);
    await receiver.putRoutes(JSON.stringify({ 'shop/routed': { topic } }));
    await eventually('the route is taken', async () => (await receiver.post('/shop/routed', eventHeaders('routed'))).status === 202, 10_000);
    await receiver.putRoutes('{ broken');
    await eventually('the broken file is told of', () => receiver.output().includes('routes.json: not JSON'), 10_000);
    expect((await receiver.post('/shop/routed', eventHeaders('still'))).status).toBe(202);
    expect((await recordsOf(kafka.bootstrap, topic, 2)).map(({ headers }) => headers['ce_id'])).toEqual(['routed', 'still']);
  });
});

describe('starting and stopping', () => {
  test('SIGTERM: not ready, the event under way is taken, exit code 0', async () => {
    await using own = await readyReceiver({ 'bootstrap.servers': kafka.bootstrap });
    const { path, topic } = await aChannel();
    expect((await own.post(path, eventHeaders('before'))).status).toBe(202);
    const { connect } = await import('node:net');
    const socket = connect(Number(new URL(own.url).port), '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    const lines = Object.entries(eventHeaders('during')).map(([name, value]) => `${name}: ${value}`);
    socket.write([`POST ${path} HTTP/1.1`, 'Host: x', ...lines, 'Content-Length: 4', '', 'da'].join('\r\n'));
    await eventually('the event is under way', async () => (await own.metrics()).match(/kafkachannel_receiver_queue_bytes [1-9]/) !== null);
    own.signal('SIGTERM');
    await eventually('it is not ready', async () => (await fetch(`${own.managementUrl}/readyz`)).status === 503);
    socket.write('ta');
    await eventually('the event is taken', () => answer.startsWith('HTTP/1.1 202'), 5000, () => answer);
    expect(await own.stop()).toBe(0);
    expect((await recordsOf(kafka.bootstrap, topic, 2)).map(({ headers }) => headers['ce_id'])).toEqual(['before', 'during']);
  }, 30_000);
});

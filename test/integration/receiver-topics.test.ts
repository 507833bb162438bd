import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';

import { topicName } from '../../contract/names.ts';
import { clientOptions } from '../../dataplane/kafka/client-options.ts';
import { verdictOf } from '../../dataplane/kafka/produce-verdict.ts';
import { sequenceAfter } from '../../dataplane/kafka/producer-lane.ts';
import { Producer } from '../../dataplane/kafka/producer.ts';
import { producerLink } from '../../dataplane/kafka/producer-link.ts';
import { countingProxy } from '../support/counting-proxy.ts';
import { eventually } from '../support/eventually.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import { allRecordsOf, withAdmin } from '../support/kafkajs.ts';
import type { TestReceiver } from '../support/receiver.ts';
import { eventHeaders, readyReceiver } from '../support/receiver.ts';
import { receiverTraffic } from '../support/receiver-traffic.ts';
import { newTopic } from '../support/topic.ts';

let kafka: TestKafka;
let receiver: TestReceiver;

beforeAll(async () => {
  kafka = await testKafka({ properties: { 'auto.create.topics.enable': 'true' } });
  receiver = await readyReceiver({ 'bootstrap.servers': kafka.bootstrap });
}, 90_000);
afterAll(async () => {
  await receiver.stop();
  await kafka.stop();
});

test.each([
  { name: 'at once', pauseMs: 0, before: 4, after: 4 },
  { name: 'a while later, with fewer partitions', pauseMs: 3000, before: 6, after: 2 },
  { name: 'a while later, with more partitions', pauseMs: 1500, before: 1, after: 5 },
])('B10: a topic deleted and made again under traffic, $name: works again without a restart, and all that is acknowledged from then on is there once', async ({ pauseMs, before, after }) => {
  const name = crypto.randomUUID();
  const topic = topicName({ namespace: 'shop', name });
  await newTopic(kafka.bootstrap, before, topic);
  const traffic = receiverTraffic(receiver, `/shop/${name}`, 8);
  const bystander = topicName({ namespace: 'shop', name: `${name}-b` });
  await newTopic(kafka.bootstrap, 1, bystander);
  const others = receiverTraffic(receiver, `/shop/${name}-b`, 2);
  await traffic.flows('at the start');
  await withAdmin(kafka.bootstrap, (admin) => admin.deleteTopics({ topics: [topic] }));
  await delay(pauseMs);
  await eventually('the topic is there again', () => newTopic(kafka.bootstrap, after, topic).then(() => true, () => false));
  await traffic.flows('into the new topic', 300);
  const sentBefore = new Set(traffic.sent);
  await traffic.flows('for a while', 300);
  await Promise.all([traffic.stop(), others.stop()]);

  const stored = (await allRecordsOf(kafka.bootstrap, topic)).map(({ headers }) => headers['ce_id'] ?? '');
  expect(new Set(stored).size).toBe(stored.length);
  const acknowledged = [...traffic.acknowledged.values()].flat().filter((id) => !sentBefore.has(id));
  expect(acknowledged.length).toBeGreaterThan(200);
  expect(acknowledged.filter((id) => !stored.includes(id))).toEqual([]);
  expect([...traffic.statuses.keys()].filter((status) => ![202, 404, 503].includes(status))).toEqual([]);
  expect([...others.statuses.keys()]).toEqual([202]);
}, 90_000);

test('T6: names that nobody has are 404 and make no topic, where Kafka would make one for the asking, and no series', async () => {
  const topics = (): Promise<string[]> => withAdmin(kafka.bootstrap, (admin) => admin.listTopics());
  const before = await topics();
  const series = async (): Promise<number> => (await receiver.metrics()).split('\n').length;
  await receiver.post('/nobody/has');
  const seriesBefore = await series();
  const names = Array.from({ length: 300 }, (_none, i) => `/nobody/has-${i}`);
  for (let at = 0; at < names.length; at += 50) {
    const answers = await Promise.all(names.slice(at, at + 50).flatMap((path) => [receiver.post(path), receiver.post(path)]));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]));
  }
  expect((await topics()).sort()).toEqual(before.sort());
  expect(await series()).toBe(seriesBefore);
}, 60_000);

test('T6: names that nobody has do not burden Kafka: it is asked about each once a second, and once more the first time, however often it is sent to', async () => {
  await using proxy = await countingProxy(kafka.bootstrap);
  await using asking = await readyReceiver({ 'bootstrap.servers': proxy.bootstrap });
  const metadata = 3;
  const [before, start] = [proxy.count(metadata), performance.now()];
  const names = Array.from({ length: 20 }, (_none, i) => `/nobody/asks-${i}`);
  for (let round = 0; round < 50; round += 1) {
    const answers = await Promise.all(names.map((path) => asking.post(path)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]));
  }
  const seconds = Math.floor((performance.now() - start) / 1000);
  const questionsOfItsOwn = seconds + 2;
  const questions = proxy.count(metadata) - before;
  expect(questions).toBeGreaterThanOrEqual(names.length);
  expect(questions).toBeLessThanOrEqual(names.length * (seconds + 2) + questionsOfItsOwn);
}, 60_000);

test('R21.2: events without a key are spread over all partitions, each as many', async () => {
  const name = crypto.randomUUID();
  const topic = topicName({ namespace: 'shop', name });
  await newTopic(kafka.bootstrap, 5, topic);
  const events = 2000;
  for (let sent = 0; sent < events; sent += 20) {
    await Promise.all(Array.from({ length: 20 }, (_none, i) => receiver.post(`/shop/${name}`, eventHeaders(`${sent + i}`), 'x')));
  }
  const records = await allRecordsOf(kafka.bootstrap, topic);
  const shares = [0, 1, 2, 3, 4].map((partition) => records.filter((record) => record.partition === partition).length / events);
  expect(records).toHaveLength(events);
  for (const share of shares) expect(share).toBeGreaterThan(0.15);
  for (const share of shares) expect(share).toBeLessThan(0.25);
}, 60_000);

test('G15: after the last sequence number of a partition comes 0 again: the broker stores what follows, and once', async () => {
  const topic = await newTopic(kafka.bootstrap);
  const [host = '', port = ''] = kafka.bootstrap.split(':');
  const link = producerLink(clientOptions({ bootstrapBrokers: [kafka.bootstrap] }, 'wrap'));
  try {
    const identity = await link.newIdentity();
    let firstSequence = 2 ** 31 - 3;
    for (const [batch, size] of [2, 3, 1].entries()) {
      const records = Array.from({ length: size }, (_none, i) => ({ headers: [['ce_id', `${batch}-${i}`] as const] }));
      const one = { topic, partition: 0, firstSequence, timestamp: Date.now(), records };
      for (const time of ['first', 'again']) {
        const answer = await link.produce({ host, port: Number(port) }, identity, [one]);
        expect([batch, time, answer.outcome === 'answered' && answer.errorCodes.map(verdictOf)]).toEqual([batch, time, ['stored']]);
      }
      firstSequence = sequenceAfter(firstSequence, size);
    }
    expect(firstSequence).toBe(3);
  } finally {
    await link.close();
  }
  const stored = (await allRecordsOf(kafka.bootstrap, topic)).map(({ headers }) => headers['ce_id']);
  expect(stored).toEqual(['0-0', '0-1', '1-0', '1-1', '1-2', '2-0']);
});

test('G15: the broker stores what comes to a partition again whose lane the producer has let go, and once', async () => {
  const [left, used] = [await newTopic(kafka.bootstrap), await newTopic(kafka.bootstrap)];
  const [host = '', port = ''] = kafka.bootstrap.split(':');
  const leaders = { leader: () => ({ host, port: Number(port) }), isUnknown: () => false, refresh: () => undefined };
  const producer = new Producer({ link: producerLink(clientOptions({ bootstrapBrokers: [kafka.bootstrap] }, 'lanes')), leaders, deliveryTimeoutMs: 10_000, idle: { ms: 300, lanes: 0 } });
  const send = (topic: string, id: string): Promise<void> => new Promise((resolve, reject) => producer.send(topic, 0, { headers: [['ce_id', id]] }, (error) => (error ? reject(error) : resolve())));
  const rounds = ['1', '2', '3'];
  try {
    for (const round of rounds) {
      await send(left, round);
      await eventually('the lane has gone', async () => {
        await send(used, 'x');
        return producer.topics === 1;
      });
    }
  } finally {
    await producer.close();
  }
  expect((await allRecordsOf(kafka.bootstrap, left)).map(({ headers }) => headers['ce_id'])).toEqual(rounds);
}, 60_000);

test('an event without a key, which a compacted topic does not take, is 400 with what to do, and spoils no other that is sent at the same time', async () => {
  const name = crypto.randomUUID();
  const topic = topicName({ namespace: 'shop', name });
  await newTopic(kafka.bootstrap, 1, topic, { 'cleanup.policy': 'compact' });
  const ids = Array.from({ length: 60 }, (_none, i) => String(i));
  const isKeyless = (id: string): boolean => Number(id) % 3 === 0;
  const answers = await Promise.all(ids.map((id) => receiver.post(`/shop/${name}`, eventHeaders(id, isKeyless(id) ? {} : { 'ce-partitionkey': `key-${id}` }))));
  expect(ids.filter((_id, i) => answers[i]?.status !== 202)).toEqual(ids.filter(isKeyless));
  expect(answers[0]).toMatchObject({ status: 400, text: expect.stringMatching(/^Kafka refused the event: INVALID_RECORD \(.*without key.*\): events need a partitionkey or a subject where a topic is compacted\n$/) });
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202, 400]));

  const document = (id: string, more = {}): string => JSON.stringify({ specversion: '1.0', id, source: '/test', type: 'test.event', ...more });
  const batch = [document('b0', { subject: 's' }), document('b1'), document('b2', { partitionkey: 'k' })];
  const answer = await receiver.post(`/shop/${name}`, { 'content-type': 'application/cloudevents-batch+json' }, `[${batch.join()}]`);
  expect(answer).toMatchObject({ status: 400, text: expect.stringMatching(/^of the batch 2 of 3 events are stored: Kafka refused the event: INVALID_RECORD/) });
  const stored = (await allRecordsOf(kafka.bootstrap, topic)).map(({ headers, value }) => headers['ce_id'] ?? (JSON.parse(String(value)) as { id: string }).id);
  expect(stored.sort()).toEqual([...ids.filter((id) => !isKeyless(id)), 'b0', 'b2'].sort());
  expect(await receiver.metrics()).toMatch(/^kafkachannel_receiver_rejected_events_total\{reason="invalid_event"\} [1-9]/m);
}, 60_000);

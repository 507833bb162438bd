import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Producer } from '@platformatic/kafka';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { builtMain } from '../../bench/built-main.ts';
import { topicName } from '../../contract/names.ts';
import { aDispatcherFile, aSubscription } from '../support/dispatcher-file.ts';
import { dispatcherProcess } from '../support/dispatcher-process.ts';
import { eventually } from '../support/eventually.ts';
import type { SecuredTestKafka } from '../support/kafka.ts';
import { securedTestKafka } from '../support/kafka.ts';
import { eventHeaders, readyReceiver } from '../support/receiver.ts';
import { testSubscriber } from '../support/subscriber.ts';
import { newTopic } from '../support/topic.ts';

const project = join(import.meta.dirname, '..', '..');

let kafka: SecuredTestKafka;
/** As in the images, but without any node_modules: neither what is bundled nor native code is found there. */
let folder: string;
let programs: { receiver: string[]; dispatcher: string[] };
let secret: Record<string, string>;

beforeAll(async () => {
  const [receiver, dispatcher] = [builtMain('receiver'), builtMain('dispatcher')];
  folder = await mkdtemp(join(tmpdir(), 'knative-kafka-images-'));
  await cp(join(project, 'package.json'), join(folder, 'package.json'));
  await cp(join(project, 'dist', 'dataplane'), join(folder, 'dist', 'dataplane'), { recursive: true });
  const moved = ({ file, args }: ReturnType<typeof builtMain>): string[] => [file, ...args].map((argument) => argument.replace(project, folder));
  programs = { receiver: moved(receiver), dispatcher: moved(dispatcher) };
  kafka = await securedTestKafka();
  const { securedBootstrap, user, password, ca } = kafka;
  secret = { 'bootstrap.servers': securedBootstrap, protocol: 'SASL_SSL', 'sasl.mechanism': 'SCRAM-SHA-512', user, password, 'ca.crt': ca };
}, 90_000);
afterAll(async () => {
  await kafka.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('what the images run', () => {
  test('carries an event from a sender to a subscriber, over TLS and SASL, with several workers', async () => {
    const topic = await newTopic(kafka.bootstrap, 3, topicName({ namespace: 'shop', name: 'orders' }));
    await using subscriber = await testSubscriber();
    await using receiver = await readyReceiver(secret, { WORKERS: '2' }, programs.receiver);
    await using dispatcher = await dispatcherProcess(secret, aDispatcherFile(topic, aSubscription('a', { subscriberUri: subscriber.url })), {}, programs.dispatcher);
    await dispatcher.joined(1);
    expect((await receiver.post('/shop/orders', eventHeaders('1', { 'ce-subject': 'key' }), 'data')).status).toBe(202);
    await eventually('the event arrives', () => subscriber.ids().includes('1'), 20_000, () => dispatcher.lines.slice(-5));
    expect(subscriber.requests[0]?.body.toString()).toBe('data');
    expect(await receiver.metrics()).toContain('kafkachannel_receiver_events_total{namespace="shop",channel="orders"} 1');
    expect(await receiver.metrics()).toMatch(/^kafkachannel_build_info\{component="receiver",version="\d.*"\} 1$/m);
    expect([await receiver.stop(), await dispatcher.end('SIGTERM')]).toEqual([0, 0]);
    expect(dispatcher.noise).toEqual([]);
  }, 60_000);

  test('reads records in every compression that Kafka has', async () => {
    const compressions = ['gzip', 'snappy', 'lz4', 'zstd'] as const;
    const topic = await newTopic(kafka.bootstrap);
    await using subscriber = await testSubscriber();
    await using dispatcher = await dispatcherProcess(secret, aDispatcherFile(topic, aSubscription('a', { subscriberUri: subscriber.url })), {}, programs.dispatcher);
    await dispatcher.joined(1);
    const producer = new Producer({ clientId: 'witness', bootstrapBrokers: [kafka.bootstrap] });
    for (const compression of compressions) {
      const headers = new Map(Object.entries({ ce_specversion: '1.0', ce_id: compression, ce_source: '/test', ce_type: 'test' }).map(([name, value]) => [Buffer.from(name), Buffer.from(value)]));
      await producer.send({ compression, messages: [{ topic, value: Buffer.alloc(5000, compression), headers }] });
    }
    await producer.close();
    await eventually('all arrive', () => subscriber.requests.length === compressions.length, 20_000, () => [subscriber.ids(), dispatcher.lines.slice(-5)]);
    expect(subscriber.requests.map(({ headers, body }) => [headers['ce-id'], body.equals(Buffer.alloc(5000, String(headers['ce-id'])))])).toEqual(compressions.map((name) => [name, true]));
  }, 60_000);

  test('names the packages that are bundled, each with its licence', async () => {
    const licences = await readFile(join(folder, 'dist', 'dataplane', 'dispatcher', 'LICENSES.txt'), 'utf8');
    for (const name of ['@platformatic/kafka', 'pino', 'prom-client', 'ajv']) expect(licences).toMatch(new RegExp(`^${name} \\d\\S*, \\S+\n\n.{10}`, 'ms'));
  });
});

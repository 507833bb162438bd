import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Agent } from 'undici';

import { topicName } from '../../contract/names.ts';
import { eventually } from '../support/eventually.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import { createTopic, recordsOf, withAdmin } from '../support/kafkajs.ts';
import { eventHeaders, readyReceiver } from '../support/receiver.ts';

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await testKafka();
}, 90_000);
afterAll(() => kafka.stop());

describe('a receiver of several workers', () => {
  test('R22.1: shares the port, adds its metrics up, replaces a worker that dies, stops clean', async () => {
    const topic = topicName({ namespace: 'shop', name: 'orders' });
    await createTopic(kafka.bootstrap, topic, 3);
    await using receiver = await readyReceiver({ 'bootstrap.servers': kafka.bootstrap }, { WORKERS: '2' });
    const connections = Array.from({ length: 8 }, () => new Agent());
    for (const [index, dispatcher] of connections.entries()) {
      const { statusCode, body } = await dispatcher.request({ origin: receiver.url, path: '/shop/orders', method: 'POST', headers: eventHeaders(String(index)), body: 'x' });
      await body.dump();
      expect(statusCode).toBe(202);
    }
    expect(await receiver.metrics()).toContain('kafkachannel_receiver_events_total{namespace="shop",channel="orders"} 8');
    expect(await receiver.metrics()).toContain('kafkachannel_receiver_queue_limit_bytes 67108864');
    expect(await recordsOf(kafka.bootstrap, topic, 8)).toHaveLength(8);
    await Promise.all(connections.map((dispatcher) => dispatcher.close()));

    const [pid] = receiver.children();
    process.kill(pid ?? 0, 'SIGKILL');
    await eventually('it is not ready', async () => (await fetch(`${receiver.managementUrl}/readyz`)).status === 503);
    expect((await receiver.post('/shop/orders', eventHeaders('after'))).status).toBe(202);
    await eventually('it is ready again', async () => (await fetch(`${receiver.managementUrl}/readyz`)).ok, 20_000);
    expect(receiver.children()).toHaveLength(2);
    expect(await receiver.metrics()).toContain('kafkachannel_receiver_events_total{namespace="shop",channel="orders"} 9');
    expect(await receiver.stop()).toBe(0);
  }, 60_000);

  test('takes an event of 20 MiB where the setting and the topic allow it, byte for byte', async () => {
    const topic = topicName({ namespace: 'shop', name: 'large' });
    await withAdmin(kafka.bootstrap, (admin) => admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries: [{ name: 'max.message.bytes', value: '26214400' }] }], waitForLeaders: true }));
    await using receiver = await readyReceiver({ 'bootstrap.servers': kafka.bootstrap }, { MAX_EVENT_BYTES: '20971520' });
    const body = Buffer.alloc(20_971_520, 'a\u00e4\0');
    expect((await receiver.post('/shop/large', eventHeaders(), body)).status).toBe(202);
    expect((await receiver.post('/shop/large', eventHeaders(), Buffer.concat([body, Buffer.of(0)]))).status).toBe(413);
    const [stored] = await recordsOf(kafka.bootstrap, topic, 1);
    expect(stored?.value?.equals(body)).toBe(true);
  }, 60_000);

  test('while draining, every request is 202, and its connection is closed by the answer', async () => {
    const topic = topicName({ namespace: 'shop', name: 'draining' });
    await createTopic(kafka.bootstrap, topic, 3);
    await using receiver = await readyReceiver({ 'bootstrap.servers': kafka.bootstrap }, { DRAIN_MS: '1500' });
    const outcomes: unknown[] = [];
    let draining = false;
    const senders = Array.from({ length: 16 }, async () => {
      for (;;) {
        const answer = await receiver.post('/shop/draining').catch((error: unknown) => error as Error);
        outcomes.push(answer instanceof Error ? answer.cause ?? answer : answer.status);
        // A Service sends nothing more to a pod that it has taken out; this sender looks whether it has.
        if (draining && 'headers' in answer && answer.headers.get('connection') === 'close') return;
      }
    });
    await eventually('events flow', () => outcomes.length > 200);
    receiver.signal('SIGTERM');
    await eventually('it is not ready', async () => (await fetch(`${receiver.managementUrl}/readyz`)).status === 503);
    draining = true;
    await Promise.all(senders);
    expect(new Set(outcomes)).toEqual(new Set([202]));
    expect(await receiver.stop()).toBe(0);
    expect(await recordsOf(kafka.bootstrap, topic, outcomes.length)).toHaveLength(outcomes.length);
  }, 60_000);
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

import { topicName } from '../../contract/names.ts';
import { freePorts } from '../../local/free-port.ts';
import { eventually } from '../support/eventually.ts';
import { flakyProxy } from '../support/flaky-proxy.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import { allRecordsOf, createTopic } from '../support/kafkajs.ts';
import { eventHeaders, readyReceiver, testReceiver } from '../support/receiver.ts';

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await testKafka();
}, 90_000);
afterAll(() => kafka.stop());

describe('a receiver whose Kafka goes away', () => {
  test('S-3, R11.3, K1, K3: answers 503 in time, takes events again when Kafka is back, and has lost and doubled nothing', async () => {
    const topic = topicName({ namespace: 'shop', name: 'orders' });
    await createTopic(kafka.bootstrap, topic, 2);
    await using receiver = await readyReceiver({ 'bootstrap.servers': kafka.bootstrap }, { PRODUCE_TIMEOUT_MS: '3000' });
    const acknowledged: string[] = [];
    const stop = new AbortController();
    let slowest = 0;
    let refused = 0;
    const senders = Array.from({ length: 8 }, async (_none, sender) => {
      for (let i = 0; !stop.signal.aborted; i += 1) {
        const id = `${sender}-${i}`;
        const { status, headers, ms } = await receiver.post('/shop/orders', eventHeaders(id), 'x');
        slowest = Math.max(slowest, ms);
        if (status === 202) acknowledged.push(id);
        else {
          expect([status, headers.get('retry-after')]).toEqual([503, '2']);
          refused += 1;
        }
      }
    });
    await eventually('events flow', () => acknowledged.length > 200);
    await kafka.kill();
    await eventually('events are refused', () => refused > 0);
    await kafka.restart();
    const before = acknowledged.length;
    await eventually('events flow again', () => acknowledged.length > before + 200);
    stop.abort();
    await Promise.all(senders);
    expect(slowest).toBeLessThan(6000);
    expect((await fetch(`${receiver.managementUrl}/readyz`)).status).toBe(200);

    const stored = (await allRecordsOf(kafka.bootstrap, topic)).map(({ headers }) => headers['ce_id'] ?? '');
    expect(acknowledged.filter((id) => !stored.includes(id))).toEqual([]);
    expect(new Set(stored).size).toBe(stored.length);
  }, 90_000);

  test('never hangs: a broker that stops answering is 503 in time, and no harm is left when it goes on', async () => {
    const topic = topicName({ namespace: 'shop', name: 'paused' });
    await createTopic(kafka.bootstrap, topic);
    await using receiver = await readyReceiver({ 'bootstrap.servers': kafka.bootstrap }, { PRODUCE_TIMEOUT_MS: '2000' });
    expect((await receiver.post('/shop/paused', eventHeaders('before'))).status).toBe(202);
    await kafka.pause();
    try {
      const answers = await Promise.all(['a', 'b', 'c'].map((id) => receiver.post('/shop/paused', eventHeaders(id))));
      const unknown = await receiver.post('/shop/never-seen');
      expect([...answers, unknown].map(({ status }) => status)).toEqual([503, 503, 503, 503]);
      expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(4000);
      expect(unknown.ms).toBeLessThan(10_000);
    } finally {
      await kafka.resume();
    }
    await eventually('events are taken again', async () => (await receiver.post('/shop/paused', eventHeaders('after'))).status === 202);
    const stored = (await allRecordsOf(kafka.bootstrap, topic)).map(({ headers }) => headers['ce_id']);
    expect(stored).toEqual(expect.arrayContaining(['before', 'after']));
  }, 60_000);

  test('K1: brokers that take connections and never say anything: every request is 503 in time', async () => {
    const silent = await Promise.all(Array.from({ length: 5 }, async () => {
      const server = createServer((socket) => void socket.on('error', () => undefined).resume());
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }));
    try {
      const bootstrap = silent.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`).join();
      await using receiver = await testReceiver({ 'bootstrap.servers': bootstrap }, { PRODUCE_TIMEOUT_MS: '1000' });
      const answers = await Promise.all(['/shop/a', '/shop/b', '/shop/b'].map((path) => receiver.post(path)));
      for (const answer of answers) expect(answer).toMatchObject({ status: 503, text: 'Kafka does not answer\n' });
      expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(4000);
    } finally {
      for (const server of silent) server.close();
    }
  }, 60_000);

  test('is not ready until Kafka has answered, and says which key to look at', async () => {
    const [port = 0] = await freePorts(1);
    await using receiver = await testReceiver({ 'bootstrap.servers': `127.0.0.1:${port}` });
    const readiness = await eventually('it says why', async () => {
      const response = await fetch(`${receiver.managementUrl}/readyz`);
      const text = await response.text();
      return text.includes('ECONNREFUSED') && { status: response.status, text };
    });
    expect(readiness.status).toBe(503);
    expect(readiness.text).toContain('"bootstrap.servers"');
    expect((await fetch(`${receiver.managementUrl}/healthz`)).status).toBe(200);
    expect(await receiver.post('/shop/orders')).toMatchObject({ status: 503, text: 'Kafka does not answer\n' });
    expect(await receiver.stop()).toBe(0);
  }, 60_000);
});

describe('a receiver that loses answers of its Kafka', () => {
  test('K1, K3, K5, G15: what is acknowledged is stored once and in order, however many acknowledgements were lost', async () => {
    const [proxyPort = 0] = await freePorts(1);
    await using broker = await testKafka({ properties: { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${proxyPort}` } });
    await using proxy = await flakyProxy(proxyPort, broker.port);
    const topic = topicName({ namespace: 'shop', name: 'orders' });
    await createTopic(broker.bootstrap, topic, 3);
    await using receiver = await readyReceiver({ 'bootstrap.servers': `127.0.0.1:${proxyPort}` }, { PRODUCE_TIMEOUT_MS: '1500' });
    const acknowledged = new Map<string, string[]>();
    const outcomes = { taken: 0, refused: 0 };
    const stop = new AbortController();
    proxy.loss = 0.2;
    const senders = Array.from({ length: 8 }, async (_none, sender) => {
      const own: string[] = [];
      acknowledged.set(`sender-${sender}`, own);
      for (let i = 0; !stop.signal.aborted; i += 1) {
        const { status } = await receiver.post('/shop/orders', eventHeaders(`${sender}-${i}`, { 'ce-subject': `sender-${sender}` }), 'x');
        if (status === 202) own.push(`${sender}-${i}`);
        outcomes[status === 202 ? 'taken' : 'refused'] += 1;
      }
    });
    await eventually('many answers are lost', () => proxy.lost > 60, 40_000, () => ({ lost: proxy.lost, ...outcomes }));
    stop.abort();
    await Promise.all(senders);
    proxy.loss = 0;

    const taken = [...acknowledged.values()].flat();
    expect(taken.length).toBeGreaterThan(50);
    const records = await allRecordsOf(broker.bootstrap, topic);
    const stored = Map.groupBy(records, ({ key }) => String(key));
    for (const [key, ids] of acknowledged) {
      const log = (stored.get(key) ?? []).map(({ headers }) => headers['ce_id'] ?? '');
      expect(new Set(log).size).toBe(log.length);
      const positions = ids.map((id) => log.indexOf(id));
      expect(positions).not.toContain(-1);
      expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    }
  }, 120_000);
});

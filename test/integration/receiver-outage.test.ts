import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { topicName } from '../../contract/names.ts';
import { freePorts } from '../../local/free-port.ts';
import { eventually } from '../support/eventually.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import { createTopic, recordsOf } from '../support/kafkajs.ts';
import { eventHeaders, readyReceiver, testReceiver } from '../support/receiver.ts';

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await testKafka();
}, 90_000);
afterAll(() => kafka.stop());

describe('a receiver whose Kafka goes away', () => {
  test('K1, K3: answers 503 in time, takes events again when Kafka is back, and has lost and doubled nothing', async () => {
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

    const stored = (await recordsOf(kafka.bootstrap, topic, acknowledged.length)).map(({ headers }) => headers['ce_id'] ?? '');
    expect(acknowledged.filter((id) => !stored.includes(id))).toEqual([]);
    expect(new Set(stored).size).toBe(stored.length);
  }, 90_000);

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

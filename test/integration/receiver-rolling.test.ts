import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';

import { topicName } from '../../contract/names.ts';
import { eventually } from '../support/eventually.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import { allRecordsOf, createTopic } from '../support/kafkajs.ts';
import type { TestReceiver } from '../support/receiver.ts';
import { readyReceiver } from '../support/receiver.ts';
import { serviceClient } from '../support/service-client.ts';

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await testKafka();
}, 90_000);
afterAll(() => kafka.stop());

const rate = 1000;

test('R11.1, P1: receivers replaced one by one, then fewer of them, at 1,000 requests a second: every answer is 202, no connection is reset, each event is stored once', async () => {
  const topic = topicName({ namespace: 'shop', name: 'orders' });
  await createTopic(kafka.bootstrap, topic, 10);
  const client = serviceClient('/shop/orders', { rate, connections: 48 });
  const running: TestReceiver[] = [];
  const start = async (env: Record<string, string> = {}): Promise<void> => {
    const receiver = await readyReceiver({ 'bootstrap.servers': kafka.bootstrap }, { DRAIN_MS: '2000', LOG_LEVEL: 'info', ...env });
    running.push(receiver);
    client.add(receiver);
    await eventually('it takes connections', () => client.endpoints().includes(receiver.url));
  };
  const stopOldest = async (): Promise<number | null | undefined> => await running.shift()?.stop();
  try {
    await Promise.all([start(), start()]);
    await eventually('events flow', () => client.acknowledged.length > 2 * rate, 20_000, () => [...client.wrong]);
    for (const env of [{}, { WORKERS: '2' }]) {
      await start(env);
      expect(await stopOldest()).toBe(0);
    }
    await start();
    const before = client.acknowledged.length;
    expect(await Promise.all([stopOldest(), stopOldest()])).toEqual([0, 0]);
    await delay(500);
    expect(client.acknowledged.length).toBeGreaterThan(before);
    expect(client.endpoints()).toHaveLength(1);
  } finally {
    await client.stop();
    await Promise.all(running.map((receiver) => receiver.stop()));
  }
  expect(Object.fromEntries(client.wrong)).toEqual({});
  const stored = (await allRecordsOf(kafka.bootstrap, topic)).map(({ headers }) => headers['ce_id']);
  expect(stored.toSorted()).toEqual(client.acknowledged.toSorted());
}, 120_000);

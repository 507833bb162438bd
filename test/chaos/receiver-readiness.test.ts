import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { topicName } from '../../contract/names.ts';
import { eventually } from '../support/eventually.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import { createTopic } from '../support/kafkajs.ts';
import { readyReceiver } from '../support/receiver.ts';

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await testKafka();
  await createTopic(kafka.bootstrap, topicName({ namespace: 'shop', name: 'orders' }));
}, 90_000);
afterAll(() => kafka.stop());

test.each([
  { name: 'killed', away: () => kafka.kill(), back: () => kafka.restart() },
  { name: 'silent', away: () => kafka.pause(), back: () => kafka.resume() },
])('K7: with Kafka $name it is ready for a while, then not, and by itself again; and stays alive', async ({ away, back }) => {
  await using receiver = await readyReceiver({ 'bootstrap.servers': kafka.bootstrap }, { PRODUCE_TIMEOUT_MS: '2000', LOG_LEVEL: 'info' });
  const readiness = async (): Promise<string> => {
    const response = await fetch(`${receiver.managementUrl}/readyz`);
    return `${response.status} ${await response.text()}`;
  };
  let last = '';
  await away();
  try {
    expect((await receiver.post('/shop/orders')).status).toBe(503);
    expect(await readiness()).toBe('200 ok\n');
    await eventually('it is not ready', async () => (last = await readiness()).startsWith('503'), 60_000, () => last);
    expect(last).toContain('"bootstrap.servers"');
    expect((await fetch(`${receiver.managementUrl}/healthz`)).status).toBe(200);
  } finally {
    await back();
  }
  await eventually('it is ready again', async () => (last = await readiness()) === '200 ok\n', 60_000, () => last);
  await eventually('events are taken', async () => (await receiver.post('/shop/orders')).status === 202, 20_000);
}, 240_000);

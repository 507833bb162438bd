import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { topicName } from '../../contract/names.ts';
import { freePorts } from '../../local/free-port.ts';
import { eventually } from '../support/eventually.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafkaOn } from '../support/kafka.ts';
import { createTopic, recordsOf } from '../support/kafkajs.ts';
import { eventHeaders, readyReceiver, testReceiver } from '../support/receiver.ts';
import { selfSigned } from '../support/self-signed.ts';

const broker = selfSigned('localhost');
const client = selfSigned('receiver');
const stranger = selfSigned('stranger');
const topic = topicName({ namespace: 'shop', name: 'orders' });

let kafka: TestKafka;
let bootstrap: string;

/** A PEM text as one line of a properties file. */
function oneLine(pem: string): string {
  return pem.trim().replaceAll('\n', '\\n');
}

beforeAll(async () => {
  const [port = 0, tlsPort = 0, controllerPort = 0] = await freePorts(3);
  bootstrap = `localhost:${tlsPort}`;
  kafka = await testKafkaOn({ port, controllerPort }, {
    properties: {
      listeners: `PLAINTEXT://127.0.0.1:${port},SSL://127.0.0.1:${tlsPort},CONTROLLER://127.0.0.1:${controllerPort}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},SSL://${bootstrap}`,
      'ssl.client.auth': 'required',
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.certificate.chain': oneLine(broker.cert),
      'ssl.keystore.key': oneLine(broker.key),
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.certificates': oneLine(client.cert),
    },
  });
  await createTopic(kafka.bootstrap, topic);
}, 90_000);
afterAll(() => kafka.stop());

function secret(more: Record<string, string> = {}): Record<string, string> {
  return { 'bootstrap.servers': bootstrap, protocol: 'SSL', 'ca.crt': broker.cert, 'user.crt': client.cert, 'user.key': client.key, ...more };
}

test('with the client certificate that Kafka demands it takes events, and shows nothing of the key', async () => {
  await using receiver = await readyReceiver(secret());
  expect(await receiver.post('/shop/orders', eventHeaders('mutual'), 'x')).toMatchObject({ status: 202, text: '' });
  expect((await recordsOf(kafka.bootstrap, topic, 1)).map(({ headers }) => headers['ce_id'])).toEqual(['mutual']);
  expect(receiver.output() + (await receiver.metrics())).not.toContain(client.key.split('\n')[1]);
}, 30_000);

test.each([
  { name: 'without a client certificate', change: { 'user.crt': '', 'user.key': '' } },
  { name: 'with the certificate of a stranger', change: { 'user.crt': stranger.cert, 'user.key': stranger.key } },
])('$name it is not ready, names the key, and answers 503', async ({ change }) => {
  await using receiver = await testReceiver(secret(change));
  let last = '';
  const look = async (): Promise<boolean> => {
    const response = await fetch(`${receiver.managementUrl}/readyz`);
    last = await response.text();
    return response.status === 503 && last.includes('"user.crt"');
  };
  await eventually('the readiness names "user.crt"', look, 15_000, () => last);
  expect((await receiver.post('/shop/orders')).status).toBe(503);
}, 30_000);

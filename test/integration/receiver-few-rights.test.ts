import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AclOperationTypes } from 'kafkajs';
import kafkajs from 'kafkajs';

import { topicName } from '../../contract/names.ts';
import { eventually } from '../support/eventually.ts';
import type { SecuredTestKafka } from '../support/kafka.ts';
import { securedTestKafka } from '../support/kafka.ts';
import { allRecordsOf, withAdmin } from '../support/kafkajs.ts';
import type { TestReceiver } from '../support/receiver.ts';
import { eventHeaders, readyReceiver } from '../support/receiver.ts';
import { newTopic } from '../support/topic.ts';

const { AclOperationTypes: operation, AclPermissionTypes: permission, AclResourceTypes: resource, ResourcePatternTypes: pattern } = kafkajs;

const orders = topicName({ namespace: 'shop', name: 'orders' });
const hidden = topicName({ namespace: 'shop', name: 'hidden' });
const readOnly = topicName({ namespace: 'shop', name: 'read-only' });

let broker: SecuredTestKafka;
let receiver: TestReceiver;

async function allow(topic: string, ...operations: readonly AclOperationTypes[]): Promise<void> {
  const acl = operations.map((each) => ({ operation: each, resourceType: resource.TOPIC, resourceName: topic, resourcePatternType: pattern.LITERAL, principal: `User:${broker.user}`, host: '*', permissionType: permission.ALLOW }));
  await withAdmin(broker.bootstrap, (admin) => admin.createAcls({ acl }));
}

/** On orders: Describe and Write; on read-only: Describe; on the others nothing. On no topic DescribeConfigs. */
beforeAll(async () => {
  broker = await securedTestKafka({ 'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer', 'super.users': 'User:ANONYMOUS', 'message.max.bytes': '2000' });
  for (const topic of [orders, hidden, readOnly]) await newTopic(broker.bootstrap, 1, topic);
  await allow(orders, operation.DESCRIBE, operation.WRITE);
  await allow(readOnly, operation.DESCRIBE);
  const { securedBootstrap, user, password, ca } = broker;
  receiver = await readyReceiver({ 'bootstrap.servers': securedBootstrap, protocol: 'SASL_SSL', 'sasl.mechanism': 'SCRAM-SHA-512', user, password, 'ca.crt': ca }, { LOG_LEVEL: 'info' });
  await eventually('the rights count', async () => (await receiver.post('/shop/orders', eventHeaders('first'))).status === 202);
}, 120_000);
afterAll(async () => {
  await receiver.stop();
  await broker.stop();
});

function saidOf(topic: string): number {
  return receiver.output().split('\n').filter((line) => line.includes(topic)).length;
}

test('without Describe on the topic: 503 and one line in the log that say which right is missing; given, it works by itself', async () => {
  const reason = `topic ${hidden} is hidden from the receiver: give the user of the Kafka Secret the right Describe on the topic`;
  for (let i = 0; i < 3; i += 1) expect(await receiver.post('/shop/hidden')).toMatchObject({ status: 503, text: `${reason}\n` });
  expect(receiver.output()).toContain(reason);
  expect(saidOf(hidden)).toBe(1);
  expect(receiver.output()).not.toContain('Kafka does not answer');
  await allow(hidden, operation.DESCRIBE, operation.WRITE);
  await eventually('events are taken', async () => (await receiver.post('/shop/hidden')).status === 202);
});

test('without Write on the topic: 503 and one line in the log that say which right is missing', async () => {
  const reason = 'TOPIC_AUTHORIZATION_FAILED: give the user of the Kafka Secret the right Write on the topic';
  for (let i = 0; i < 3; i += 1) expect(await receiver.post('/shop/read-only')).toMatchObject({ status: 503, text: `Kafka refused the event: ${reason}\n` });
  expect(receiver.output()).toContain(`Kafka did not take events of topic ${readOnly}: ${reason}`);
  expect(saidOf(readOnly)).toBe(1);
});

test('R11.4, R20.1: without DescribeConfigs, a batch with one event too large is 503 once, for the rest of it is stored, then 413 and stored no more', async () => {
  const document = (id: string, size: number): string => JSON.stringify({ specversion: '1.0', id, source: '/s', type: 't', data: 'x'.repeat(size) });
  const send = async (): Promise<{ status: number; text: string }> => await receiver.post('/shop/orders', { 'content-type': 'application/cloudevents-batch+json' }, `[${document('a', 10)},${document('b', 5000)},${document('c', 10)}]`);
  expect(await send()).toMatchObject({ status: 503, text: 'of the batch 2 of 3 events are stored: Kafka refused the event: MESSAGE_TOO_LARGE\n' });
  for (let i = 0; i < 3; i += 1) expect((await send()).status).toBe(413);
  const stored = (await allRecordsOf(broker.bootstrap, orders)).map(({ value }) => /"id":"(.)"/.exec(String(value))?.[1]).filter((id) => id !== undefined);
  expect(stored.sort()).toEqual(['a', 'c']);
});

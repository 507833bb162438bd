import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { topicName } from '../../contract/names.ts';
import { eventually } from '../support/eventually.ts';
import type { KafkaCluster } from '../support/kafka-cluster.ts';
import { kafkaCluster } from '../support/kafka-cluster.ts';
import { allRecordsOf, createTopic, leadersOf, withAdmin } from '../support/kafkajs.ts';
import { readyReceiver } from '../support/receiver.ts';
import { receiverTraffic, wrongInTopic } from '../support/receiver-traffic.ts';

const topic = topicName({ namespace: 'shop', name: 'orders' });
const partitions = [0, 1, 2, 3, 4, 5];

let cluster: KafkaCluster;
beforeAll(async () => {
  cluster = await kafkaCluster();
}, 180_000);
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
});

/** What `receiver-cluster.test.ts` does at length. */
test('K1, K3, B7: of three brokers one is killed and comes back, and all leaders move, under load: nothing acknowledged is missing, nothing is doubled', async () => {
  const lasting = cluster.addresses.get(2) ?? '';
  await createTopic(lasting, topic, partitions.length, 3);
  await using receiver = await readyReceiver({ 'bootstrap.servers': cluster.bootstrap }, { LOG_LEVEL: 'info' });
  const traffic = receiverTraffic(receiver, '/shop/orders');
  await traffic.flows('at the start');
  await cluster.kill(1);
  await eventually('the others lead', async () => (await leadersOf(lasting, topic)).every((leader) => leader === 2 || leader === 3), 60_000);
  await traffic.flows('broker 1 is killed');
  await cluster.restart(1);
  await traffic.flows('broker 1 is back');
  await withAdmin(lasting, (admin) => admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment: partitions.map((partition) => ({ partition, replicas: [3, 1] })) }] }));
  await eventually('leaders have moved', async () => (await leadersOf(lasting, topic)).every((leader) => leader === 3 || leader === 1), 60_000);
  await traffic.flows('leaders have moved');
  await traffic.stop();
  expect(wrongInTopic(traffic, await allRecordsOf(lasting, topic))).toEqual([]);
  expect([...traffic.statuses.keys()].filter((status) => status !== 202 && status !== 503)).toEqual([]);
}, 240_000);

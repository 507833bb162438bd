import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';

import { topicName } from '../../contract/names.ts';
import { eventually } from '../support/eventually.ts';
import type { KafkaCluster } from '../support/kafka-cluster.ts';
import { kafkaCluster } from '../support/kafka-cluster.ts';
import { allRecordsOf, createTopic, leadersOf, withAdmin } from '../support/kafkajs.ts';
import { readyReceiver } from '../support/receiver.ts';
import type { ReceiverTraffic } from '../support/receiver-traffic.ts';
import { receiverTraffic, wrongInTopic } from '../support/receiver-traffic.ts';

const partitions = [0, 1, 2, 3, 4, 5];
const timeoutAndMoreMs = 7000;

let cluster: KafkaCluster;

beforeAll(async () => {
  cluster = await kafkaCluster();
}, 180_000);
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
});

function firstBroker(): string {
  return cluster.bootstrap.split(',')[0] ?? '';
}

/** A channel with a topic of three replicas, of which two must be in sync. */
async function replicatedChannel(name: string): Promise<{ topic: string; path: string }> {
  const topic = topicName({ namespace: 'shop', name });
  await createTopic(firstBroker(), topic, partitions.length, 3);
  return { topic, path: `/shop/${name}` };
}

async function judge(traffic: ReceiverTraffic, topic: string): Promise<void> {
  await traffic.stop();
  expect(wrongInTopic(traffic, await allRecordsOf(firstBroker(), topic))).toEqual([]);
  process.stderr.write(`${JSON.stringify({ acknowledged: traffic.count(), slowestMs: Math.round(traffic.slowestMs), statuses: Object.fromEntries(traffic.statuses) })}\n`);
}

test('B7: leaders moved while nobody dies: every answer is 202, and each event is stored once', async () => {
  const { topic, path } = await replicatedChannel('moved');
  await using receiver = await readyReceiver({ 'bootstrap.servers': cluster.bootstrap }, { LOG_LEVEL: 'info' });
  const traffic = receiverTraffic(receiver, path);
  await traffic.flows('at the start');
  for (const replicas of [[2, 3], [3, 1], [1, 2], [2, 3, 1]]) {
    await withAdmin(firstBroker(), (admin) => admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment: partitions.map((partition) => ({ partition, replicas })) }] }));
    let leaders: number[] = [];
    await eventually(`leaders are among ${replicas.join()}`, async () => (leaders = await leadersOf(firstBroker(), topic)).every((leader) => replicas.includes(leader)), 60_000, () => leaders);
    await traffic.flows(`moved to ${replicas.join()}`);
  }
  await judge(traffic, topic);
  expect([...traffic.statuses.keys()]).toEqual([202]);
}, 300_000);

test('K1, K3, B6: three brokers, each a controller too, killed, shut down and taken away under load: nothing acknowledged is missing, nothing is doubled, no false 202', async () => {
  const { topic, path } = await replicatedChannel('orders');
  await using receiver = await readyReceiver({ 'bootstrap.servers': cluster.bootstrap }, { PRODUCE_TIMEOUT_MS: '5000', LOG_LEVEL: 'info' });
  const traffic = receiverTraffic(receiver, path);
  await traffic.flows('at the start');
  for (const node of [1, 2, 3]) {
    await cluster.kill(node);
    await traffic.flows(`broker ${node} is killed`);
    await cluster.restart(node);
    await traffic.flows(`broker ${node} is back`);
    await delay(6000);
  }
  await cluster.shutDown(1);
  await traffic.flows('broker 1 has handed on its leaderships');
  await cluster.restart(1);
  await traffic.flows('broker 1 is back again');
  await delay(6000);

  await cluster.kill(2);
  await cluster.kill(3);
  await delay(timeoutAndMoreMs);
  const under = traffic.count();
  await delay(8000);
  expect(traffic.count()).toBe(under);
  await Promise.all([cluster.restart(2), cluster.restart(3)]);
  await traffic.flows('all are back');
  await judge(traffic, topic);
  expect([...traffic.statuses.keys()].sort()).toEqual([202, 503]);
}, 400_000);

test('a receiver that starts while brokers are away takes events as soon as they are back', async () => {
  const { topic, path } = await replicatedChannel('late');
  await cluster.kill(2);
  await cluster.kill(3);
  await using receiver = await readyReceiver({ 'bootstrap.servers': cluster.bootstrap }, { PRODUCE_TIMEOUT_MS: '3000', LOG_LEVEL: 'info' });
  const traffic = receiverTraffic(receiver, path, 4);
  await eventually('events are refused', () => (traffic.statuses.get(503) ?? 0) > 4, 60_000, () => Object.fromEntries(traffic.statuses));
  expect(traffic.count()).toBe(0);
  await Promise.all([cluster.restart(2), cluster.restart(3)]);
  await traffic.flows('all are back');
  await judge(traffic, topic);
}, 200_000);

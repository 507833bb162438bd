import { expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';

import { topicName } from '../../contract/names.ts';
import { eventually } from '../support/eventually.ts';
import type { KafkaCluster } from '../support/kafka-cluster.ts';
import { kafkaCluster } from '../support/kafka-cluster.ts';
import { allRecordsOf, withAdmin } from '../support/kafkajs.ts';
import type { TestReceiver } from '../support/receiver.ts';
import { eventHeaders, readyReceiver } from '../support/receiver.ts';

interface Traffic {
  readonly acknowledged: string[];
  readonly statuses: Map<number, number>;
  stop(): Promise<void>;
}

/** Senders that go on until they are stopped; half of their events carry a key. */
function traffic(receiver: TestReceiver, path: string, senders = 12): Traffic {
  const acknowledged: string[] = [];
  const statuses = new Map<number, number>();
  const stop = new AbortController();
  const running = Array.from({ length: senders }, async (_none, sender) => {
    for (let i = 0; !stop.signal.aborted; i += 1) {
      const id = `${sender}-${i}`;
      const { status, headers } = await receiver.post(path, eventHeaders(id, sender % 2 === 0 ? { 'ce-subject': `sender-${sender}` } : {}), 'x');
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 202) acknowledged.push(id);
      else if (status === 503) expect(headers.get('retry-after')).toBe('2');
    }
  });
  return {
    acknowledged,
    statuses,
    stop: async () => {
      stop.abort();
      await Promise.all(running);
    },
  };
}

async function createReplicated(cluster: KafkaCluster, topic: string): Promise<void> {
  await withAdmin(cluster.bootstrap.split(',')[0] ?? '', (admin) => admin.createTopics({ topics: [{ topic, numPartitions: 6, replicationFactor: 3 }], waitForLeaders: true }));
}

test('K1, K3, B6: three brokers killed, shut down and taken away under load: nothing acknowledged is missing, nothing is doubled, no false 202', async () => {
  await using cluster = await kafkaCluster();
  const topic = topicName({ namespace: 'shop', name: 'orders' });
  await createReplicated(cluster, topic);
  await using receiver = await readyReceiver({ 'bootstrap.servers': cluster.bootstrap }, { PRODUCE_TIMEOUT_MS: '5000', LOG_LEVEL: 'info' });
  const load = traffic(receiver, '/shop/orders');
  const flowing = async (what: string): Promise<void> => {
    const before = load.acknowledged.length;
    await eventually(`events flow: ${what}`, () => load.acknowledged.length > before + 200, 60_000, () => Object.fromEntries(load.statuses));
  };
  await flowing('at the start');
  for (const node of [1, 2, 3]) {
    await cluster.kill(node);
    await flowing(`broker ${node} is killed`);
    await cluster.restart(node);
    await flowing(`broker ${node} is back`);
    await delay(6000);
  }
  await cluster.shutDown(1);
  await flowing('broker 1 has handed on its leaderships');
  await cluster.restart(1);
  await flowing('broker 1 is back again');
  await delay(6000);

  await cluster.kill(2);
  await cluster.kill(3);
  await delay(timeoutAndMoreMs);
  const under = load.acknowledged.length;
  await delay(8000);
  expect(load.acknowledged.length).toBe(under);
  await Promise.all([cluster.restart(2), cluster.restart(3)]);
  await flowing('all are back');
  await load.stop();

  expect([...load.statuses.keys()].sort()).toEqual([202, 503]);
  const stored = (await allRecordsOf(cluster.bootstrap.split(',')[0] ?? '', topic)).map(({ headers }) => headers['ce_id'] ?? '');
  const distinct = new Set(stored);
  expect(load.acknowledged.filter((id) => !distinct.has(id))).toEqual([]);
  expect(stored.length).toBe(distinct.size);
}, 400_000);

const timeoutAndMoreMs = 7000;

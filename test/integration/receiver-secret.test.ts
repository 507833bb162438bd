import { expect, test } from '@jest/globals';

import { topicName } from '../../contract/names.ts';
import { eventually } from '../support/eventually.ts';
import { testKafka } from '../support/kafka.ts';
import { allRecordsOf, createTopic } from '../support/kafkajs.ts';
import { eventHeaders, readyReceiver } from '../support/receiver.ts';

const topic = topicName({ namespace: 'shop', name: 'orders' });

test('a receiver follows its Secret to another Kafka without a restart: every event is accepted, and is in one of the two, once', async () => {
  await using one = await testKafka();
  await using other = await testKafka();
  for (const { bootstrap } of [one, other]) await createTopic(bootstrap, topic, 3);
  await using receiver = await readyReceiver({ 'bootstrap.servers': one.bootstrap });

  const stop = new AbortController();
  const sender = async (name: number): Promise<{ ids: string[]; statuses: Set<number> }> => {
    const [ids, statuses] = [[] as string[], new Set<number>()];
    while (!stop.signal.aborted) {
      const id = `${name}-${ids.length}`;
      statuses.add((await receiver.post('/shop/orders', eventHeaders(id))).status);
      ids.push(id);
    }
    return { ids, statuses };
  };
  const senders = [1, 2, 3].map(sender);
  const stored = async ({ bootstrap }: { bootstrap: string }): Promise<string[]> => (await allRecordsOf(bootstrap, topic)).map(({ headers }) => headers['ce_id'] ?? '');
  try {
    await eventually('events are in the first Kafka', async () => (await stored(one)).length > 0, 30_000);
    await receiver.putSecret('bootstrap.servers', other.bootstrap);
    await eventually('events are in the other Kafka', async () => (await stored(other)).length > 0, 30_000, () => receiver.output().slice(-2000));
  } finally {
    stop.abort();
  }
  const sent = await Promise.all(senders);
  expect(sent.flatMap(({ statuses }) => [...statuses])).toEqual([202, 202, 202]);
  expect([...(await stored(one)), ...(await stored(other))].sort()).toEqual(sent.flatMap(({ ids }) => ids).sort());
  expect(receiver.output()).toContain('the Kafka Secret has changed: connecting to Kafka anew');
  expect(await receiver.stop()).toBe(0);
}, 180_000);

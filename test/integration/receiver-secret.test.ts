import { expect, test } from '@jest/globals';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

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

test('a request whose body takes longer than a produce request may, while the Secret changes, is accepted', async () => {
  await using kafka = await testKafka();
  await createTopic(kafka.bootstrap, topic);
  await using receiver = await readyReceiver({ 'bootstrap.servers': kafka.bootstrap }, { PRODUCE_TIMEOUT_MS: '1000' });
  expect((await receiver.post('/shop/orders', eventHeaders('before'))).status).toBe(202);

  const answer = Promise.withResolvers<number | undefined>();
  const slow = request(`${receiver.url}/shop/orders`, { method: 'POST', headers: { ...eventHeaders('slow'), 'Content-Length': '2' } }, (response) => answer.resolve(response.resume().statusCode));
  slow.once('error', answer.reject).write('a');
  await receiver.putSecret('bootstrap.servers', `${kafka.bootstrap},${kafka.bootstrap}`);
  await eventually('the Secret is followed', () => receiver.output().includes('connecting to Kafka anew'), 20_000);
  await delay(2000);
  slow.end('b');
  expect(await answer.promise).toBe(202);
  expect((await allRecordsOf(kafka.bootstrap, topic)).map(({ headers }) => headers['ce_id']).sort()).toEqual(['before', 'slow']);
}, 120_000);

import { expect, jest, test } from '@jest/globals';

import { testDispatcher } from '../support/dispatcher.ts';
import { aDispatcherFile, aSubscription } from '../support/dispatcher-file.ts';
import { eventually } from '../support/eventually.ts';
import { kafkaCluster } from '../support/kafka-cluster.ts';
import { leadersOf, withAdmin } from '../support/kafkajs.ts';
import { testSubscriber } from '../support/subscriber.ts';
import { anEvent, committedOffsets, writeRecords } from '../support/topic.ts';

jest.setTimeout(300_000);

const topic = 'knative-messaging-kafka.shop.orders';
const named = (name: string, count: number) => Array.from({ length: count }, (_, index) => `${name}${index}`);

test('B8: an owner that starts after an unclean election misses nothing of what was written where an earlier owner had read what is lost', async () => {
  await using cluster = await kafkaCluster();
  const third = cluster.addresses.get(3) ?? '';
  await withAdmin(third, async (admin) => {
    const configEntries = [{ name: 'unclean.leader.election.enable', value: 'true' }, { name: 'min.insync.replicas', value: '1' }];
    await admin.createTopics({ topics: [{ topic, replicaAssignment: [{ partition: 0, replicas: [1, 2] }], configEntries }] });
  });
  const write = (ids: readonly string[]): Promise<unknown> =>
    eventually(`${ids[0] ?? ''} is written`, () => writeRecords(third, topic, ...ids.map((id) => anEvent(id))).then(() => true, () => false), 60_000);
  const ledBy = (node: number): Promise<unknown> => eventually(`broker ${node} leads`, async () => (await leadersOf(third, topic).catch(() => []))[0] === node, 60_000);
  const [kept, lost, later] = [named('kept', 5), named('lost', 5), named('later', 8)];
  await using subscriber = await testSubscriber();
  const spec = aSubscription('one', { subscriberUri: subscriber.url });

  await write(kept);
  await cluster.shutDown(2);
  await ledBy(1);
  await write(lost);
  {
    await using first = testDispatcher(cluster.bootstrap, aDispatcherFile(topic, spec), { drainMs: 5000 });
    await eventually('all are committed', async () => (await committedOffsets(third, spec.group, topic).catch(() => []))[0] === kept.length + lost.length, 60_000, () => first.lines.slice(-5));
  }
  await cluster.kill(1);
  await cluster.restart(2);
  await ledBy(2);
  await write(later);
  await using second = testDispatcher(cluster.bootstrap, aDispatcherFile(topic, spec), { drainMs: 5000 });
  await eventually('what came later is delivered', () => later.every((id) => subscriber.ids().includes(id)), 60_000, () => [subscriber.ids(), second.lines.slice(-5)]);
  expect(subscriber.ids()).toEqual([...kept, ...lost, ...later]);
  expect(second.lines).toContainEqual(expect.objectContaining({ level: 'error', partition: 0, lost: 10, resumedAt: 5 }));
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { aDispatcherFile, aSubscription } from '../support/dispatcher-file.ts';
import { testDispatcher } from '../support/dispatcher.ts';
import { eventually } from '../support/eventually.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import { withAdmin } from '../support/kafkajs.ts';
import { testSubscriber } from '../support/subscriber.ts';
import { anEvent, newTopic, writeRecords } from '../support/topic.ts';

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await testKafka();
}, 90_000);

afterAll(() => kafka.stop());

test('B10: a topic that is deleted and created again is read from its beginning, and that is told', async () => {
  const topic = await newTopic(kafka.bootstrap);
  await using subscriber = await testSubscriber();
  await using dispatcher = testDispatcher(kafka.bootstrap, aDispatcherFile(topic, aSubscription('one', { subscriberUri: subscriber.url })));
  await writeRecords(kafka.bootstrap, topic, anEvent('old-1'), anEvent('old-2'));
  await eventually('the first ones arrive', () => subscriber.requests.length === 2, 20_000, () => dispatcher.lines.slice(-3));

  await withAdmin(kafka.bootstrap, async (admin) => {
    await admin.deleteTopics({ topics: [topic] });
    await eventually('it is gone', async () => !(await admin.listTopics()).includes(topic));
  });
  await newTopic(kafka.bootstrap, 1, topic);
  await writeRecords(kafka.bootstrap, topic, anEvent('new-1'), anEvent('new-2'), anEvent('new-3'));

  await eventually('all of the new ones arrive', () => subscriber.requests.length >= 5, 30_000, () => [subscriber.ids(), dispatcher.lines.slice(-3)]);
  expect(subscriber.ids()).toEqual(['old-1', 'old-2', 'new-1', 'new-2', 'new-3']);
  expect(dispatcher.lines.filter(({ msg, level }) => level === 'error' && msg.startsWith('the topic was deleted and created again'))).toHaveLength(1);
}, 90_000);

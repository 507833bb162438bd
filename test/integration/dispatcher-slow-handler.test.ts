import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { aDispatcherFile, aSubscription } from '../support/dispatcher-file.ts';
import { dispatcherProcess } from '../support/dispatcher-process.ts';
import { eventually } from '../support/eventually.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import { testSubscriber } from '../support/subscriber.ts';
import { anEvent, committedOffsets, newTopic, writeRecords } from '../support/topic.ts';

/** Twice the session of a member and more; `HANDLER_SECONDS=600` for ten minutes. */
const handlerSeconds = Number(process.env['HANDLER_SECONDS'] ?? 25);

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await testKafka();
}, 180_000);
afterAll(() => kafka.stop());

test(`G10: a subscriber that takes ${handlerSeconds} s for an event causes no rebalance, gets it once, and holds up its own partition alone`, async () => {
  const topic = await newTopic(kafka.bootstrap, 2);
  await using subscriber = await testSubscriber(({ headers }, response) => {
    if (headers['ce-id'] === 'slow') setTimeout(() => response.end(), handlerSeconds * 1000);
    else response.end();
  });
  const subscription = aSubscription('one', { subscriberUri: subscriber.url, delivery: { timeoutMs: 2000 * handlerSeconds } });
  await using dispatcher = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, subscription));
  await writeRecords(kafka.bootstrap, topic, anEvent('slow', { partition: 0 }), anEvent('behind', { partition: 0 }), anEvent('beside', { partition: 1 }));
  await eventually('the other partition is delivered', () => subscriber.ids().includes('beside'), 30_000, () => dispatcher.lines.slice(-5));
  expect(subscriber.ids()).not.toContain('behind');
  await eventually('all of it is delivered and committed', async () => (await committedOffsets(kafka.bootstrap, subscription.group, topic)).join() === '2,1', (handlerSeconds + 30) * 1000, () => [subscriber.ids(), dispatcher.lines.slice(-5)]);
  expect(subscriber.ids().sort()).toEqual(['behind', 'beside', 'slow']);
  expect(dispatcher.said('joined a generation of the group')).toHaveLength(1);
  expect(await dispatcher.metrics()).toMatch(/^kafkachannel_rebalances_total\{.*\} 1$/m);
}, (handlerSeconds + 120) * 1000);

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { topicName } from '../../contract/names.ts';
import { aDispatcherFile, aSubscription } from '../support/dispatcher-file.ts';
import type { DispatcherProcess } from '../support/dispatcher-process.ts';
import { dispatcherProcess } from '../support/dispatcher-process.ts';
import { eventually } from '../support/eventually.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import { withAdmin } from '../support/kafkajs.ts';
import type { TestReceiver } from '../support/receiver.ts';
import { eventHeaders, readyReceiver } from '../support/receiver.ts';
import type { TestSubscriber } from '../support/subscriber.ts';
import { testSubscriber } from '../support/subscriber.ts';
import { committedOffsets, newTopic } from '../support/topic.ts';

jest.setTimeout(120_000);

/** The oldest and the newest Apache Kafka that is supported; every other test has the one between them. */
describe.each(['3.9.1', '4.3.0'])('Apache Kafka %s, from the receiver to the subscriber', (version) => {
  let kafka: TestKafka;
  let receiver: TestReceiver;

  beforeAll(async () => {
    kafka = await testKafka({ version });
    receiver = await readyReceiver({ 'bootstrap.servers': kafka.bootstrap }, { LOG_LEVEL: 'info' });
  }, 300_000);
  afterAll(async () => {
    await receiver.stop();
    await kafka.stop();
  });

  async function send(channel: string, ...ids: string[]): Promise<void> {
    const answers = await Promise.all(ids.map((id) => receiver.post(`/tenant/${channel}`, eventHeaders(id, { 'ce-subject': `key-${id}` }), id)));
    expect(answers.filter(({ status }) => status !== 202)).toEqual([]);
  }

  async function arrived(subscriber: TestSubscriber, ids: readonly string[], ...dispatchers: DispatcherProcess[]): Promise<void> {
    const missing = (): string[] => ids.filter((id) => !subscriber.ids().includes(id));
    await eventually(`${ids.length} events arrive`, () => missing().length === 0, 60_000, () => [missing().slice(0, 5), dispatchers.map(({ lines, noise }) => [lines.slice(-3), noise])]);
  }

  const numbers = (prefix: string, count = 40): string[] => Array.from({ length: count }, (_none, index) => `${prefix}${index}`);

  test('events are delivered, shared with a second replica, and not repeated after a restart', async () => {
    const topic = await newTopic(kafka.bootstrap, 4, topicName({ namespace: 'tenant', name: 'orders' }));
    await using subscriber = await testSubscriber();
    const subscription = aSubscription('one', { subscriberUri: subscriber.url });
    const file = aDispatcherFile(topic, subscription);
    await using first = await dispatcherProcess(kafka.bootstrap, file);
    await send('orders', ...numbers('alone-'));
    await arrived(subscriber, numbers('alone-'), first);

    await using second = await dispatcherProcess(kafka.bootstrap, file);
    const shares = (): number[] => [first, second].map((one) => (one.said('partitions assigned').at(-1)?.['partitions'] as number[] | undefined)?.length ?? 0);
    await eventually('the partitions are shared', () => shares().join() === '2,2', 30_000, shares);
    await send('orders', ...numbers('shared-'));
    await arrived(subscriber, numbers('shared-'), first, second);
    for (const one of [first, second]) expect(one.said('delivered').filter(({ eventId }) => String(eventId).startsWith('shared-')).length).toBeGreaterThan(0);

    expect(await Promise.all([first.end('SIGTERM'), second.end('SIGTERM')])).toEqual([0, 0]);
    expect((await committedOffsets(kafka.bootstrap, subscription.group, topic)).reduce((sum, offset) => sum + Math.max(0, offset), 0)).toBe(80);
    await first.restart();
    await send('orders', ...numbers('later-'));
    await arrived(subscriber, numbers('later-'), first);
    expect(subscriber.ids().length).toBe(120);
  });

  test('B10: a topic that is deleted and created again is read from its beginning', async () => {
    const topic = await newTopic(kafka.bootstrap, 1, topicName({ namespace: 'tenant', name: 'again' }));
    await using subscriber = await testSubscriber();
    await using dispatcher = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, aSubscription('one', { subscriberUri: subscriber.url })));
    await send('again', 'old-1');
    await send('again', 'old-2');
    await arrived(subscriber, ['old-1', 'old-2'], dispatcher);
    await withAdmin(kafka.bootstrap, async (admin) => {
      await admin.deleteTopics({ topics: [topic] });
      await eventually('it is gone', async () => !(await admin.listTopics()).includes(topic));
    });
    await newTopic(kafka.bootstrap, 1, topic);
    await eventually('the receiver knows the new one', async () => (await receiver.post('/tenant/again', eventHeaders('new-1'), '')).status === 202, 30_000, () => receiver.output().slice(-500));
    await send('again', 'new-2');
    await arrived(subscriber, ['new-1', 'new-2'], dispatcher);
    // The receiver may have been refused, or heard nothing, of new-1 at first.
    expect(subscriber.ids().slice(0, 2)).toEqual(['old-1', 'old-2']);
    expect([...new Set(subscriber.ids().slice(2))]).toEqual(['new-1', 'new-2']);
  });
});

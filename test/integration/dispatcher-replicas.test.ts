import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { aDispatcherFile, aSubscription } from '../support/dispatcher-file.ts';
import type { DispatcherProcess } from '../support/dispatcher-process.ts';
import { dispatcherProcess } from '../support/dispatcher-process.ts';
import { eventually } from '../support/eventually.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import type { ReceivedRequest, TestSubscriber } from '../support/subscriber.ts';
import { testSubscriber } from '../support/subscriber.ts';
import { anEvent, newTopic, withWriter } from '../support/topic.ts';

const partitions = Array.from({ length: 12 }, (_none, partition) => partition);
/** Enough to be under way until the partitions are shared, however busy the machine is. */
const eventsOfPartition = 400;
const answerAfterMs = 100;

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await testKafka();
}, 180_000);
afterAll(() => kafka.stop());

const idOf = ({ headers }: ReceivedRequest): string => String(headers['ce-id']);
const isOf = (partition: number) => (request: ReceivedRequest): boolean => idOf(request).startsWith(`${partition}.`);

/** The longest time without an arrival of a partition, in ms, among these arrivals at a path. */
function longestGap(requests: readonly ReceivedRequest[], path: string, partition: number): number {
  const times = requests.filter((request) => request.path === path && isOf(partition)(request)).map(({ at }) => at);
  return Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? at)));
}

function lastShare(dispatcher: DispatcherProcess): number[] {
  return dispatcher.lines.findLast(({ msg, subscriptionUid }) => msg === 'partitions assigned' && subscriptionUid === 'shared')?.['partitions'] as number[] | undefined ?? [];
}

async function fill(topic: string): Promise<void> {
  await withWriter(kafka.bootstrap, async (write) => {
    for (let from = 0; from < eventsOfPartition; from += 50) {
      await write(topic, partitions.flatMap((partition) => Array.from({ length: 50 }, (_none, index) => anEvent(`${partition}.${from + index}`, { partition }))));
    }
  });
}

/** Requests at a path, by partition, in order. */
function idsOf(subscriber: TestSubscriber, path: string, partition: number): string[] {
  return subscriber.requests.filter((request) => request.path === path && isOf(partition)(request)).map(idOf);
}

test('R3.3: one replica becomes three, 4/4/4 of twelve partitions within 30 s, all of them consume and partitions that stay go on; and one again: nothing is lost or comes twice', async () => {
  const topic = await newTopic(kafka.bootstrap, partitions.length);
  await using subscriber = await testSubscriber((_request, response) => void setTimeout(() => response.end(), answerAfterMs));
  const shared = aSubscription('shared', { subscriberUri: `${subscriber.url}/shared` });
  // Of the first replica alone: what pauses here is the machine's doing.
  const control = aSubscription('control', { subscriberUri: `${subscriber.url}/control` });
  await using first = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, shared, control));
  await first.joined(2);
  await fill(topic);
  await eventually('every partition is delivered', () => partitions.every((partition) => idsOf(subscriber, '/shared', partition).length > 2), 30_000, () => first.lines.slice(-5));

  const from = subscriber.requests.length;
  await using second = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, shared));
  await using third = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, shared));
  const replicas = [first, second, third];
  const shares = (): number[] => replicas.map((one) => lastShare(one).length);
  await eventually('the partitions are shared evenly', () => shares().join() === '4,4,4', 30_000, shares);
  const known = replicas.map((one) => one.said('delivered').length);
  await eventually('every replica delivers', () => replicas.every((one, index) => one.said('delivered').length > (known[index] ?? 0) + 20), 30_000, () => replicas.map((one) => one.lines.slice(-2)));
  const during = subscriber.requests.slice(from);

  expect(partitions.filter((partition) => idsOf(subscriber, '/shared', partition).length === eventsOfPartition)).toEqual([]);
  const noise = Math.max(...partitions.map((partition) => longestGap(during, '/control', partition)));
  const stayed = lastShare(first).map((partition) => longestGap(during, '/shared', partition));
  expect(stayed).toHaveLength(4);
  expect(first.said('partitions assigned').filter(({ subscriptionUid, continued }) => subscriptionUid === 'shared' && continued === false)).toHaveLength(1);
  expect(Math.max(...stayed)).toBeLessThan(1000 + noise);

  expect(await Promise.all([second.end('SIGTERM'), third.end('SIGTERM')])).toEqual([0, 0]);
  await eventually('the first one has them all', () => lastShare(first).length === partitions.length, 30_000, () => first.lines.slice(-5));
  await eventually('everything is delivered', () => partitions.every((partition) => idsOf(subscriber, '/shared', partition).length >= eventsOfPartition), 120_000, () => replicas.map((one) => one.lines.slice(-2)));
  for (const partition of partitions) expect(idsOf(subscriber, '/shared', partition)).toEqual(Array.from({ length: eventsOfPartition }, (_none, index) => `${partition}.${index}`));
}, 300_000);

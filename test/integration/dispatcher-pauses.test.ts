import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';

import type { SubscriptionSpec } from '../../contract/dispatcher-file.ts';
import { aDispatcherFile, aSubscription } from '../support/dispatcher-file.ts';
import type { DispatcherProcess } from '../support/dispatcher-process.ts';
import { dispatcherProcess } from '../support/dispatcher-process.ts';
import { eventually } from '../support/eventually.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import type { ReceivedRequest } from '../support/subscriber.ts';
import { testSubscriber } from '../support/subscriber.ts';
import { anEvent, newTopic, withWriter } from '../support/topic.ts';

/** Each of them ends the session of every subscription. `DISPATCHER_PAUSES=20` for five hundred sessions. */
const pauses = Number(process.env['DISPATCHER_PAUSES'] ?? 4);
const partitions = 4;
const uids = Array.from({ length: 25 }, (_none, index) => `s${index}`);
/** Beyond it nothing more is written: with many pauses the last events would be delivered long after the last of them. */
const mostWaiting = 100;

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await testKafka();
}, 180_000);
afterAll(() => kafka.stop(), 60_000);

function assignments(dispatcher: DispatcherProcess, uid: string): { readonly at: number; readonly count: number }[] {
  return dispatcher.said('partitions assigned')
    .filter(({ subscriptionUid }) => subscriptionUid === uid)
    .map(({ time, partitions: assigned }) => ({ at: Date.parse(String(time)), count: (assigned as number[]).length }));
}

/** How many partitions it has of each subscription. */
function shares(dispatcher: DispatcherProcess): number[] {
  return uids.map((uid) => assignments(dispatcher, uid).at(-1)?.count ?? 0);
}

/** When it was given partitions first after this time, by the clock that its log goes by. */
function assignedAgain(dispatcher: DispatcherProcess, uid: string, after: number): number | undefined {
  return assignments(dispatcher, uid).find(({ at, count }) => count > 0 && at >= after)?.at;
}

test(`P3, K8: a replica that is paused ${pauses} times for longer than the sessions of its ${uids.length} subscriptions begins no attempt before it has partitions anew, and the order holds`, async () => {
  const topic = await newTopic(kafka.bootstrap, partitions);
  await using subscriber = await testSubscriber((_request, response) => void setTimeout(() => response.end(), 10));
  const of = (replica: string): SubscriptionSpec[] => uids.map((uid) => aSubscription(uid, { subscriberUri: `${subscriber.url}/${replica}/${uid}`, group: `pauses-${uid}-${topic}` }));
  await using sleeper = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, ...of('sleeper')), { LOG_LEVEL: 'info' });
  await using other = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, ...of('other')), { LOG_LEVEL: 'info' });
  const begunBy = (replica: string, uid: string, after: number): ReceivedRequest[] => subscriber.requests.filter(({ path, at }) => path === `/${replica}/${uid}` && at >= after);

  const stopping = new AbortController();
  let written = 0;
  const writing = withWriter(kafka.bootstrap, async (write) => {
    for (; !stopping.signal.aborted; await delay(200)) {
      if (written - subscriber.requests.length / uids.length > mostWaiting) continue;
      await write(topic, Array.from({ length: partitions }, (_none, partition) => anEvent(String(written + partition), { partition })));
      written += partitions;
    }
  });
  for (let pause = 0; pause < pauses; pause += 1) {
    await eventually('both have their share', () => [sleeper, other].every((one) => shares(one).every((count) => count === 2)), 60_000, () => [shares(sleeper), shares(other)]);
    const settled = Date.now();
    await eventually('both deliver', () => ['sleeper', 'other'].every((replica) => uids.every((uid) => begunBy(replica, uid, settled).length > 0)), 30_000, () => [sleeper.lines.slice(-3), other.lines.slice(-3)]);
    process.kill(sleeper.pid, 'SIGSTOP');
    await eventually('the other one takes over', () => shares(other).every((count) => count === partitions), 60_000, () => shares(other));
    const awakeAt = Date.now();
    process.kill(sleeper.pid, 'SIGCONT');
    await eventually('it is given partitions anew', () => uids.every((uid) => assignedAgain(sleeper, uid, awakeAt) !== undefined), 60_000, () => sleeper.lines.slice(-3));
    const late = uids.flatMap((uid) => begunBy('sleeper', uid, awakeAt).filter(({ at }) => at < (assignedAgain(sleeper, uid, awakeAt) ?? 0)).map(({ headers, at }) => [uid, headers['ce-id'], at - awakeAt]));
    expect({ pause, late }).toEqual({ pause, late: [] });
  }
  stopping.abort();
  await writing;
  const arrivals = (uid: string): number[] => [...new Set(subscriber.requests.filter(({ path }) => path.endsWith(`/${uid}`)).map(({ headers }) => Number(headers['ce-id'])))];
  await eventually('everything is delivered', () => uids.every((uid) => arrivals(uid).length === written), 90_000, () => [written, uids.map((uid) => arrivals(uid).length)]);
  for (const uid of uids) {
    for (let partition = 0; partition < partitions; partition += 1) {
      const ofPartition = arrivals(uid).filter((id) => id % partitions === partition);
      expect(ofPartition).toEqual(ofPartition.toSorted((a, b) => a - b));
    }
  }
}, 180_000 + pauses * 60_000);

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';

import { aDispatcherFile, aSubscription } from '../support/dispatcher-file.ts';
import type { DispatcherProcess } from '../support/dispatcher-process.ts';
import { dispatcherProcess } from '../support/dispatcher-process.ts';
import { eventually } from '../support/eventually.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import type { ReceivedRequest } from '../support/subscriber.ts';
import { testSubscriber } from '../support/subscriber.ts';
import { anEvent, newTopic, withWriter } from '../support/topic.ts';

/** `DISPATCHER_PAUSES=100` for a hundred. */
const pauses = Number(process.env['DISPATCHER_PAUSES'] ?? 3);
const partitions = 4;
/** Beyond it nothing more is written: with many pauses the last events would be delivered long after the last of them. */
const mostWaiting = 2000;

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await testKafka();
}, 180_000);
afterAll(() => kafka.stop());

/** When it was last given partitions, by the clock that its log goes by; those of before are gone. */
function assignedAt(dispatcher: DispatcherProcess, after: number): number | undefined {
  const line = dispatcher.lines.find(({ msg, time, ...fields }) => msg === 'partitions assigned' && (fields['partitions'] as number[]).length > 0 && Date.parse(String(time)) >= after);
  return line && Date.parse(String(line['time']));
}

test(`P3, K8: a replica that is paused ${pauses} times for longer than its session begins no attempt before it has partitions anew, and the order holds`, async () => {
  const topic = await newTopic(kafka.bootstrap, partitions);
  await using subscriber = await testSubscriber((_request, response) => void setTimeout(() => response.end(), 10));
  const [ofSleeper, ofOther] = ['sleeper', 'other'].map((path) => aSubscription('one', { subscriberUri: `${subscriber.url}/${path}`, group: `pauses-${topic}` }));
  if (!ofSleeper || !ofOther) throw new Error('two subscriptions');
  await using sleeper = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, ofSleeper), { LOG_LEVEL: 'info' });
  await using other = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, ofOther), { LOG_LEVEL: 'info' });
  const share = (one: DispatcherProcess): number => (one.said('partitions assigned').at(-1)?.['partitions'] as number[] | undefined)?.length ?? 0;
  const begunBy = (path: string, after: number): ReceivedRequest[] => subscriber.requests.filter((request) => request.path === path && request.at >= after);

  const stopping = new AbortController();
  let written = 0;
  const writing = withWriter(kafka.bootstrap, async (write) => {
    for (; !stopping.signal.aborted; await delay(100)) {
      if (written - subscriber.requests.length > mostWaiting) continue;
      await write(topic, Array.from({ length: 20 }, (_none, index) => anEvent(String(written + index), { partition: (written + index) % partitions })));
      written += 20;
    }
  });
  const late: unknown[] = [];
  for (let pause = 0; pause < pauses; pause += 1) {
    await eventually('both have their share', () => share(sleeper) === 2 && share(other) === 2, 40_000, () => [share(sleeper), share(other)]);
    const settled = Date.now();
    await eventually('both deliver', () => ['/sleeper', '/other'].every((path) => begunBy(path, settled).length > 4), 30_000, () => [sleeper.lines.slice(-3), other.lines.slice(-3)]);
    process.kill(sleeper.pid, 'SIGSTOP');
    await eventually('the other one takes over', () => share(other) === partitions, 40_000, () => other.lines.slice(-3));
    const awakeAt = Date.now();
    process.kill(sleeper.pid, 'SIGCONT');
    const again = await eventually('it is given partitions anew', () => assignedAt(sleeper, awakeAt), 40_000, () => sleeper.lines.slice(-3));
    late.push(...begunBy('/sleeper', awakeAt).filter(({ at }) => at < again).map(({ headers, at }) => [headers['ce-id'], at - awakeAt]));
  }
  stopping.abort();
  await writing;
  await eventually('everything is delivered', () => new Set(subscriber.ids()).size === written, 60_000, () => [written, new Set(subscriber.ids()).size]);
  expect(late).toEqual([]);
  for (let partition = 0; partition < partitions; partition += 1) {
    const arrivals = [...new Set(subscriber.ids())].map(Number).filter((id) => id % partitions === partition);
    expect(arrivals).toEqual(arrivals.toSorted((a, b) => a - b));
  }
}, 120_000 + pauses * 60_000);

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { fillTopic } from '../../bench/filled-topic.ts';
import { aDispatcherFile, aSubscription } from '../support/dispatcher-file.ts';
import { dispatcherProcess } from '../support/dispatcher-process.ts';
import { eventually } from '../support/eventually.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import { testSubscriber } from '../support/subscriber.ts';
import { newTopic } from '../support/topic.ts';

const partitions = 100;
const mostMiB = 256;
/** Longer and with more: `MEMORY_EVENTS=300000 MEMORY_SECONDS=600`. */
const smallEvents = Number(process.env['MEMORY_EVENTS'] ?? 50_000);
const seconds = Number(process.env['MEMORY_SECONDS'] ?? 10);

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await testKafka({ properties: { 'message.max.bytes': '2000000' } });
}, 90_000);

afterAll(() => kafka.stop());

async function rssMiB(pid: number): Promise<number> {
  return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

test.each([
  { bytes: 1024, events: smallEvents },
  { bytes: 1024 * 1024, events: 2 * partitions },
])('memory stays within its bounds while $events events of $bytes bytes wait in 100 partitions and the subscriber refuses them', async ({ bytes, events }) => {
  const topic = await newTopic(kafka.bootstrap, partitions);
  await fillTopic(kafka.bootstrap, { topic, partitions, eventsPerPartition: events / partitions, bytes, keysPerPartition: 0 });
  await using subscriber = await testSubscriber((_request, response) => void response.writeHead(503).end());
  const subscription = aSubscription('one', { subscriberUri: subscriber.url, delivery: { retry: 1000, backoffDelayMs: 1000 } });
  await using dispatcher = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, subscription), { LOG_LEVEL: 'info', NODE_OPTIONS: '--max-semi-space-size=8' });

  const asked = (): number => new Set(subscriber.requests.map(({ headers }) => headers['ce-id'])).size;
  await eventually('the first events of half the partitions are tried', () => asked() >= partitions / 2, 60_000, () => [asked(), dispatcher.lines.slice(-3)]);
  const seen: number[] = [];
  for (let second = 0; second < seconds; second += 1) {
    subscriber.requests.length = 0;
    await delay(1000);
    seen.push(Math.round(await rssMiB(dispatcher.pid)));
  }
  expect(seen.filter((mib) => mib > mostMiB)).toEqual([]);
}, 180_000 + seconds * 1000);

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import type { BuiltMain } from '../../bench/built-main.ts';
import { builtMain } from '../../bench/built-main.ts';
import { fillTopic } from '../../bench/filled-topic.ts';
import { aDispatcherFile, aSubscription } from '../support/dispatcher-file.ts';
import type { DispatcherProcess } from '../support/dispatcher-process.ts';
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
const seconds = Number(process.env['MEMORY_SECONDS'] ?? 15);
/** What garbage collection and a second replica that comes and goes may leave between two medians. */
const unevennessMiB = 32;

let kafka: TestKafka;
let image: BuiltMain;

beforeAll(async () => {
  image = builtMain('dispatcher');
  kafka = await testKafka({ properties: { 'message.max.bytes': '2000000' } });
}, 90_000);

afterAll(() => kafka.stop(), 60_000);

async function rssMiB(pid: number): Promise<number> {
  return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}

test.each([
  { bytes: 1024, events: smallEvents },
  { bytes: 1024 * 1024, events: 6 * partitions },
])('memory stays within its bounds and flat while $events events of $bytes bytes wait in 100 partitions, the subscriber refuses them, and a replica comes and goes', async ({ bytes, events }) => {
  const topic = await newTopic(kafka.bootstrap, partitions);
  await fillTopic(kafka.bootstrap, { topic, partitions, eventsPerPartition: events / partitions, bytes, keysPerPartition: 0 });
  await using subscriber = await testSubscriber((_request, response) => void response.writeHead(503).end());
  const subscription = aSubscription('one', { subscriberUri: subscriber.url, delivery: { retry: 1000, backoffDelayMs: 1000 } });
  const start = (): Promise<DispatcherProcess> => dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, subscription), { ...image.env, LOG_LEVEL: 'info' }, [image.file, ...image.args]);
  await using dispatcher = await start();

  const asked = (): number => new Set(subscriber.requests.map(({ headers }) => headers['ce-id'])).size;
  await eventually('the first events of half the partitions are tried', () => asked() >= partitions / 2, 60_000, () => [asked(), dispatcher.lines.slice(-3)]);
  const thirdOfTime = async (...watched: readonly DispatcherProcess[]): Promise<number[][]> => {
    const seen: number[][] = [];
    for (let second = 0; second < seconds / 3; second += 1) {
      // The requests that the subscriber remembers are this process's, and grow.
      subscriber.requests.length = 0;
      await delay(1000);
      seen.push(await Promise.all(watched.map(({ pid }) => rssMiB(pid))));
    }
    return seen;
  };
  const alone = await thirdOfTime(dispatcher);
  const shared = await (async () => {
    await using second = await start();
    await second.joined(1);
    const seen = await thirdOfTime(dispatcher, second);
    expect(await second.end('SIGTERM')).toBe(0);
    return seen;
  })();
  await dispatcher.joined(3);
  const aloneAgain = await thirdOfTime(dispatcher);

  const all = [alone, shared, aloneAgain].flat(2);
  const [first, last] = [alone, aloneAgain].map((seen) => median(seen.flat()));
  if (process.env['MEMORY_SECONDS'] !== undefined) process.stderr.write(`${events} events of ${bytes} bytes: ${Math.round(first ?? NaN)} MiB at first, ${Math.round(last ?? NaN)} MiB at last, ${Math.round(Math.max(...all))} MiB at most\n`);
  expect(all.filter((mib) => mib > mostMiB)).toEqual([]);
  expect(last).toBeLessThan((first ?? NaN) + unevennessMiB);
  expect(await dispatcher.metrics()).toMatch(/^kafkachannel_stalls_total\{.*\} 0$/m);
  expect(dispatcher.lines.filter(({ msg }) => msg.includes('it is rebuilt'))).toEqual([]);
}, 240_000 + seconds * 2000);

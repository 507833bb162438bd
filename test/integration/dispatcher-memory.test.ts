import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import type { BuiltMain } from '../../bench/built-main.ts';
import { builtMain } from '../../bench/built-main.ts';
import { fillTopic } from '../../bench/filled-topic.ts';
import { replyLimitBytes } from '../../dataplane/dispatcher/reply.ts';
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

/** Answers each request with a 4 MiB event, half of them in chunks, and keeps nothing. */
async function talkativeSubscriber(): Promise<Counting> {
  const reply = Buffer.alloc(replyLimitBytes, 'x');
  return await counting((index, response) => {
    response.writeHead(200, { 'ce-specversion': '1.0', 'ce-id': String(index), 'ce-source': '/subscriber', 'ce-type': 'test.reply', ...(index % 2 === 0 && { 'content-length': reply.length }) }).end(reply);
  });
}

interface Counting extends AsyncDisposable {
  readonly url: string;
  /** Requests that have come whole. */
  readonly requests: number;
  readonly bytes: number;
}

/** A server that keeps nothing of what it is sent. */
async function counting(answer: (index: number, response: ServerResponse) => unknown): Promise<Counting> {
  const counts = { requests: 0, bytes: 0 };
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => (counts.bytes += chunk.length)).on('end', () => answer(counts.requests++, response));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(counts, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

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

test('memory stays within its bounds while three subscriptions get replies of 4 MiB, 64 at once each, whose address refuses each of the first, and all are delivered', async () => {
  const eventsPerSubscription = 64;
  const topic = await newTopic(kafka.bootstrap, 4);
  await fillTopic(kafka.bootstrap, { topic, partitions: 4, eventsPerPartition: eventsPerSubscription / 4, bytes: 1024, keysPerPartition: 0 });
  await using subscriber = await talkativeSubscriber();
  await using replies = await counting((index, response) => response.writeHead(index < 64 ? 503 : 202).end());
  const delivery = { retry: 100, backoffDelayMs: 300 };
  const subscriptions = ['one', 'two', 'three'].map((uid) => aSubscription(uid, { subscriberUri: subscriber.url, replyUri: replies.url, deliveryOrder: 'unordered', delivery }));
  await using dispatcher = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, ...subscriptions), { ...image.env, LOG_LEVEL: 'info' }, [image.file, ...image.args]);
  const all = subscriptions.length * eventsPerSubscription;
  const delivered = async (): Promise<number> => {
    const counts = (await dispatcher.metrics()).matchAll(/^kafkachannel_replies_total\{.*outcome="delivered"\} (\d+)$/gm);
    return Array.from(counts, ([, count]) => Number(count)).reduce((sum, count) => sum + count, 0);
  };
  let done = 0;
  await eventually('all replies are delivered', async () => (done = await delivered()) === all, 120_000, () => [done, subscriber.requests, replies.requests, dispatcher.lines.slice(-3)]);
  const peakMiB = Number(/VmHWM:\s+(\d+)/.exec(await readFile(`/proc/${dispatcher.pid}/status`, 'utf8'))?.[1]) / 1024;
  if (process.env['MEMORY_SECONDS'] !== undefined) process.stderr.write(`${all} replies of 4 MiB: ${Math.round(peakMiB)} MiB at most\n`);
  expect(subscriber.requests).toBe(all);
  expect(replies.bytes).toBeGreaterThanOrEqual(all * replyLimitBytes);
  expect(peakMiB).toBeLessThanOrEqual(mostMiB);
}, 180_000);

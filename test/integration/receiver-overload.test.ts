import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';

import { builtMain } from '../../bench/built-main.ts';
import { topicName } from '../../contract/names.ts';
import { eventually } from '../support/eventually.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import { createTopic } from '../support/kafkajs.ts';
import { rssBytes } from '../support/process-memory.ts';
import type { TestReceiver } from '../support/receiver.ts';
import { eventHeaders, readyReceiver } from '../support/receiver.ts';

const mebibyte = 1_048_576;
const limitBytes = 32 * mebibyte;
const topic = topicName({ namespace: 'shop', name: 'orders' });

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await testKafka();
  await createTopic(kafka.bootstrap, topic, 4);
}, 90_000);
afterAll(() => kafka.stop());

/** What the receiver says that it holds; undefined where it has no time to say it. */
async function queueBytes(receiver: TestReceiver): Promise<number | undefined> {
  const metrics = await receiver.metrics().catch(() => undefined);
  return metrics === undefined ? undefined : Number(/kafkachannel_receiver_queue_bytes (\d+)/.exec(metrics)?.[1]);
}

/** The most that it held, by its own count and by the system's, from now on. */
function watchMemory(receiver: TestReceiver): { stop(): Promise<{ queueBytes: number; rssBytes: number }> } {
  const most = { queueBytes: 0, rssBytes: 0 };
  const stopped = new AbortController();
  const watching = (async () => {
    while (!stopped.signal.aborted) {
      most.rssBytes = Math.max(most.rssBytes, await rssBytes(receiver.pid));
      most.queueBytes = Math.max(most.queueBytes, (await queueBytes(receiver)) ?? 0);
      await delay(100);
    }
    return most;
  })();
  return {
    stop: () => {
      stopped.abort();
      return watching;
    },
  };
}

/** A receiver as its image runs it, whose memory has been stretched by ordinary work. */
async function warmReceiver(): Promise<TestReceiver> {
  const { file, args, env } = builtMain('receiver');
  const settings = { ...env, QUEUE_LIMIT_BYTES: String(limitBytes), PRODUCE_TIMEOUT_MS: '8000', LOG_LEVEL: 'info' };
  const receiver = await readyReceiver({ 'bootstrap.servers': kafka.bootstrap }, settings, [file, ...args]);
  for (let round = 0; round < 5; round += 1) await Promise.all(Array.from({ length: 100 }, () => receiver.post('/shop/orders', eventHeaders(), 'x'.repeat(1000))));
  return receiver;
}

test('R11.5: while Kafka takes nothing, a flood is 429 and 503 with Retry-After, in time, and memory stays by the limit', async () => {
  await using receiver = await warmReceiver();
  const idle = await rssBytes(receiver.pid);
  const memory = watchMemory(receiver);
  const pool = new Pool(receiver.url, { connections: 1500 });
  const outcomes = new Map<string, number>();
  let slowest = 0;
  const one = async (): Promise<void> => {
    const start = performance.now();
    const { statusCode, headers, body } = await pool.request({ path: '/shop/orders', method: 'POST', headers: eventHeaders(), body: Buffer.alloc(60_000) });
    await body.dump();
    slowest = Math.max(slowest, performance.now() - start);
    const outcome = `${statusCode} ${String(headers['retry-after'])}`;
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  };
  await kafka.pause();
  try {
    await Promise.all(Array.from({ length: 1500 }, one));
  } finally {
    await kafka.resume();
  }
  const most = await memory.stop();
  expect([...outcomes.keys()].sort()).toEqual(['429 1', '503 2']);
  expect(outcomes.get('503 2')).toBeGreaterThan(400);
  expect(slowest).toBeLessThan(20_000);
  expect(most.queueBytes).toBeGreaterThan(limitBytes / 2);
  expect(most.queueBytes).toBeLessThanOrEqual(limitBytes);
  expect(most.rssBytes - idle).toBeLessThan(2 * limitBytes + 64 * mebibyte);
  await eventually('events are taken again', async () => (await receiver.post('/shop/orders')).status === 202);
  await pool.close();
  expect(await receiver.metrics()).toMatch(/kafkachannel_receiver_queue_bytes 0\n/);
  expect(await receiver.stop()).toBe(0);
}, 90_000);

/** An event without a body, with one more line in its head. */
function request(more: string): string {
  const lines = Object.entries(eventHeaders()).map(([name, value]) => `${name}: ${value}`);
  return ['POST /shop/orders HTTP/1.1', 'Host: x', ...lines, more, 'Content-Length: 0', '', ''].join('\r\n');
}

test('R11.5: pipelined requests without a body, heads as large as may be, and heads of many lines are held by the limit too', async () => {
  await using receiver = await warmReceiver();
  const idle = await rssBytes(receiver.pid);
  const memory = watchMemory(receiver);
  const small = request('a: b').repeat(2000);
  const large = request(`a: ${'b'.repeat(30_000)}`).repeat(50);
  const many = request(Array.from({ length: 500 }, (_none, i) => `ce-${i}: b`).join('\r\n')).repeat(100);
  let answers = '';
  await kafka.pause();
  try {
    const sockets = Array.from({ length: 90 }, (_none, i) => {
      const socket = connect(Number(new URL(receiver.url).port), '127.0.0.1');
      socket.on('error', () => undefined).setEncoding('latin1').on('data', (text: string) => (answers += text));
      socket.write([small, large, many][i % 3] ?? '');
      return socket;
    });
    await eventually('requests are refused', () => answers.includes('HTTP/1.1 503') && answers.includes('HTTP/1.1 429'), 30_000);
    for (const socket of sockets) socket.destroy();
  } finally {
    await kafka.resume();
  }
  const most = await memory.stop();
  expect(most.queueBytes).toBeGreaterThan(limitBytes / 2);
  expect(most.queueBytes).toBeLessThanOrEqual(limitBytes);
  expect(most.rssBytes - idle).toBeLessThan(2 * limitBytes + 96 * mebibyte);
  await eventually('events are taken again', async () => (await receiver.post('/shop/orders')).status === 202);
  await eventually('nothing is held', async () => (await queueBytes(receiver)) === 0);
  expect(await receiver.stop()).toBe(0);
}, 90_000);

test('R11.5: thousands of requests that are refused behind one that waits, on many connections, are held by the limit too', async () => {
  await using receiver = await warmReceiver();
  const idle = await rssBytes(receiver.pid);
  const memory = watchMemory(receiver);
  await kafka.pause();
  try {
    const sockets = Array.from({ length: 60 }, () => connect(Number(new URL(receiver.url).port), '127.0.0.1').on('error', () => undefined).resume());
    for (const socket of sockets) socket.write(request('a: b'));
    await eventually('each connection has a request that waits', async () => ((await queueBytes(receiver)) ?? 0) > sockets.length * 8192);
    for (const socket of sockets) socket.write('POST /none HTTP/1.1\r\nHost:\r\n\r\n'.repeat(2400));
    await eventually('the receiver has read it all', async () => (await receiver.post('/none').catch(() => undefined))?.status === 404, 90_000);
    await eventually('connections have ended', () => sockets.some(({ closed }) => closed), 30_000);
    for (const socket of sockets) socket.destroy();
  } finally {
    await kafka.resume();
  }
  const most = await memory.stop();
  expect(most.queueBytes).toBeLessThanOrEqual(limitBytes);
  expect(most.rssBytes - idle).toBeLessThan(2 * limitBytes + 96 * mebibyte);
  await eventually('nothing is held', async () => (await queueBytes(receiver)) === 0);
  expect(await receiver.stop()).toBe(0);
}, 180_000);

test('R11.5: bodies that come in chunks of a byte take no more memory than the limit', async () => {
  await using receiver = await warmReceiver();
  const idle = await rssBytes(receiver.pid);
  const memory = watchMemory(receiver);
  const head = request('Transfer-Encoding: chunked').replace('Content-Length: 0\r\n', '');
  const sockets = Array.from({ length: 1500 }, () => connect(Number(new URL(receiver.url).port), '127.0.0.1').on('error', () => undefined).resume());
  for (const socket of sockets) socket.write(head + '1\r\nx\r\n'.repeat(1000));
  await eventually('the bodies are held', async () => ((await queueBytes(receiver)) ?? 0) > sockets.length * 9000, 30_000, () => queueBytes(receiver));
  const most = await memory.stop();
  process.stderr.write(`${JSON.stringify({ grownMiB: Math.round((most.rssBytes - idle) / mebibyte), queueMiB: Math.round(most.queueBytes / mebibyte) })}\n`);
  for (const socket of sockets) socket.destroy();
  expect(most.queueBytes).toBeLessThanOrEqual(limitBytes);
  expect(most.rssBytes - idle).toBeLessThan(2 * limitBytes + 96 * mebibyte);
  await eventually('nothing is held', async () => (await queueBytes(receiver)) === 0);
  expect(await receiver.stop()).toBe(0);
}, 90_000);

/** `FLOOD_CONNECTIONS=1000` makes the flood ten times as large. */
const floodConnections = Number(process.env['FLOOD_CONNECTIONS'] ?? 100);

/** Longest time that a head may take, of which Node tells after a second at the most. */
const headLimitMs = 10_000;

/** How many answers 404 a connection has had. */
function countingAnswers(port: number): { write(text: string): void; count(): number; isOpen(): boolean; destroy(): void } {
  const pattern = 'HTTP/1.1 404';
  const socket = connect(port, '127.0.0.1');
  let rest = '';
  let count = 0;
  socket.on('error', () => undefined).setEncoding('latin1').on('data', (text: string) => {
    const parts = (rest + text).split(pattern);
    count += parts.length - 1;
    rest = (parts.at(-1) ?? '').slice(1 - pattern.length);
  });
  return { write: (text) => void socket.write(text), count: () => count, isOpen: () => !socket.connecting && !socket.closed, destroy: () => void socket.destroy() };
}

test('R11.5: while thousands of requests are read that came in one go on each of many connections, an honest sender goes on, memory stays by the limit, and all are answered, but on connections whose first request waits for longer than a head may take: they end', async () => {
  await using receiver = await warmReceiver();
  const each = 2000;
  const floodLimitMs = 1200 * floodConnections;
  const floods = Array.from({ length: floodConnections }, () => countingAnswers(Number(new URL(receiver.url).port)));
  await eventually('they are connected', () => floods.every((flood) => flood.isOpen()));
  const idle = await rssBytes(receiver.pid);
  const memory = watchMemory(receiver);
  const start = performance.now();
  for (const flood of floods) flood.write('POST /none HTTP/1.1\r\nHost:\r\n\r\n'.repeat(each));
  const isOver = (): boolean => floods.every((flood) => flood.count() === each || !flood.isOpen());
  const honest = { events: 0, slowestMs: 0 };
  while (!isOver() && performance.now() - start < floodLimitMs) {
    const { status, ms } = await receiver.post('/shop/orders');
    expect(status).toBe(202);
    honest.events += 1;
    honest.slowestMs = Math.max(honest.slowestMs, ms);
  }
  const floodMs = performance.now() - start;
  const most = await memory.stop();
  const ended = floods.filter((flood) => flood.count() !== each);
  const seen = { floodMs: Math.round(floodMs), honest: honest.events, slowestMs: Math.round(honest.slowestMs), ended: ended.length, partly: ended.filter((flood) => flood.count() > 0).length, grownMiB: Math.round((most.rssBytes - idle) / mebibyte), queueMiB: Math.round(most.queueBytes / mebibyte) };
  process.stderr.write(`${JSON.stringify(seen)}\n`);
  expect(isOver()).toBe(true);
  expect(ended.length === 0 || floodMs > headLimitMs).toBe(true);
  expect(floods.length - ended.length).toBeGreaterThan(10);
  expect(honest.events).toBeGreaterThan(10);
  expect(honest.slowestMs).toBeLessThan(floodMs / 2);
  expect(most.rssBytes - idle).toBeLessThan(2 * limitBytes + 96 * mebibyte);
  for (const flood of floods) flood.destroy();
  expect(await receiver.stop()).toBe(0);
}, 60_000 + 1200 * floodConnections);

const required = '"specversion":"1.0","id":"1","source":"/s","type":"t"';
const twentyMebibytes = 20 * mebibyte;

test.each([
  { name: 'as many events as there is room for', text: `[${Array.from({ length: 350_000 }, () => `{${required}}`).join()}]`, want: [413, 'the batch has too many events\n'] },
  { name: 'a value nested as deep as there is room for', text: '['.repeat(twentyMebibytes), want: [400, 'batch: the body is nested more than 10000 deep\n'] },
  { name: 'millions of small values', text: `[{${required},"data":[${'[],'.repeat(6_900_000)}0]}]`, want: [413, 'the event is larger than the 1048588 bytes that its topic takes\n'] },
  { name: 'an event of a million attributes', text: `[{${required}${Array.from({ length: 1_000_000 }, (_none, i) => `,"a${i}":""`).join('')}}]`, want: [400, 'batch: event 0: structured event: it has more than 512 members\n'] },
])('R11.5: a batch of $name is refused, and costs no more memory than the limit', async ({ text, want }) => {
  await using receiver = await warmReceiver();
  const idle = await rssBytes(receiver.pid);
  const memory = watchMemory(receiver);
  const body = Buffer.from(text);
  for (let i = 0; i < 3; i += 1) {
    const { status, text: reason } = await receiver.post('/shop/orders', { 'content-type': 'application/cloudevents-batch+json' }, body);
    expect([status, reason]).toEqual(want);
  }
  const most = await memory.stop();
  process.stderr.write(`${JSON.stringify({ bytes: body.length, grownMiB: Math.round((most.rssBytes - idle) / mebibyte), queueMiB: Math.round(most.queueBytes / mebibyte) })}\n`);
  expect(most.queueBytes).toBeLessThanOrEqual(limitBytes);
  expect(most.rssBytes - idle).toBeLessThan(2 * limitBytes + 128 * mebibyte);
  expect((await receiver.post('/shop/orders')).status).toBe(202);
  expect(await receiver.stop()).toBe(0);
}, 90_000);

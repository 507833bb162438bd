import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';

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

/** The most that it held, by its own count and by the system's, from now on. */
function watchMemory(receiver: TestReceiver): { stop(): Promise<{ queueBytes: number; rssBytes: number }> } {
  const most = { queueBytes: 0, rssBytes: 0 };
  const stopped = new AbortController();
  const watching = (async () => {
    while (!stopped.signal.aborted) {
      most.rssBytes = Math.max(most.rssBytes, await rssBytes(receiver.pid));
      most.queueBytes = Math.max(most.queueBytes, Number(/queue_bytes (\d+)/.exec(await receiver.metrics())?.[1] ?? 0));
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

/** A receiver whose memory has been stretched by ordinary work. */
async function warmReceiver(): Promise<TestReceiver> {
  const receiver = await readyReceiver({ 'bootstrap.servers': kafka.bootstrap }, { QUEUE_LIMIT_BYTES: String(limitBytes), PRODUCE_TIMEOUT_MS: '8000', LOG_LEVEL: 'info' });
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

test('R11.5: pipelined requests without a body, and heads as large as may be, are held by the limit too', async () => {
  await using receiver = await warmReceiver();
  const idle = await rssBytes(receiver.pid);
  const memory = watchMemory(receiver);
  const lines = Object.entries(eventHeaders()).map(([name, value]) => `${name}: ${value}`);
  const request = (more: string): string => ['POST /shop/orders HTTP/1.1', 'Host: x', ...lines, more, 'Content-Length: 0', '', ''].join('\r\n');
  const small = request('a: b').repeat(2000);
  const large = request(`a: ${'b'.repeat(30_000)}`).repeat(50);
  let answers = '';
  await kafka.pause();
  try {
    const sockets = Array.from({ length: 60 }, (_none, i) => {
      const socket = connect(Number(new URL(receiver.url).port), '127.0.0.1');
      socket.on('error', () => undefined).setEncoding('latin1').on('data', (text: string) => (answers += text));
      socket.write(i % 2 === 0 ? small : large);
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
  await eventually('nothing is held', async () => /kafkachannel_receiver_queue_bytes 0\n/.test(await receiver.metrics()));
  process.stderr.write(`${JSON.stringify({ idleMiB: Math.round(idle / mebibyte), mostMiB: Math.round(most.rssBytes / mebibyte) })}\n`);
  expect(await receiver.stop()).toBe(0);
}, 90_000);

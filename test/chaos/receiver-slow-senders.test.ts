import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';

import { topicName } from '../../contract/names.ts';
import { eventually } from '../support/eventually.ts';
import { testKafka } from '../support/kafka.ts';
import { createTopic } from '../support/kafkajs.ts';
import { rssBytes } from '../support/process-memory.ts';
import { eventHeaders, readyReceiver } from '../support/receiver.ts';

/** Connections by what is bad about them. `SLOW_CONNECTIONS=450` makes a tenth of it. */
const total = Number(process.env['SLOW_CONNECTIONS'] ?? 4500);
const silent = Math.round((total * 4) / 9);
const slowHeads = silent;
const slowBodies = total - 2 * silent;
/** Honest requests a second, where this machine carries them beside Kafka and the sender; else the fewer. */
const rates = { wanted: 1000, fewer: 200 };
const head = ['POST /shop/orders HTTP/1.1', 'Host: x', ...Object.entries(eventHeaders()).map(([name, value]) => `${name}: ${value}`)].join('\r\n');

interface Phase {
  readonly answers: readonly number[];
  readonly wrong: readonly unknown[];
}

/** Sends at a steady rate for so long, whether earlier ones are answered or not; answer times in ms. */
async function honest(pool: Pool, rate: number, seconds: number): Promise<Phase> {
  const answers: number[] = [];
  const wrong: unknown[] = [];
  const one = async (): Promise<void> => {
    const start = performance.now();
    try {
      const { statusCode, body } = await pool.request({ path: '/shop/orders', method: 'POST', headers: eventHeaders(), body: 'x'.repeat(1024) });
      await body.dump();
      if (statusCode !== 202) wrong.push(statusCode);
    } catch (error) {
      wrong.push((error as Error).message);
    }
    answers.push(performance.now() - start);
  };
  const sending: Promise<void>[] = [];
  const start = performance.now();
  for (let elapsed = 0; elapsed < seconds * 1000; elapsed = performance.now() - start) {
    while (sending.length < (elapsed / 1000) * rate) sending.push(one());
    await delay(5);
  }
  await Promise.all(sending);
  return { answers, wrong };
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;
}

/** Connections opened at once: the kernel forgets what does not fit in its queue, and a silent one of those would never hear of it. */
const storm = 500;

interface BadConnections {
  open(): number;
  end(): void;
}

/** Bad connections that the receiver's kernel has accepted, each with its timer where it drips; and how many are still open. */
async function badConnections(port: number): Promise<BadConnections> {
  const sockets = new Set<Socket>();
  const drips: NodeJS.Timeout[] = [];
  const bad = async (first: string, drip?: string): Promise<void> => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket)).resume();
    socket.write(first);
    if (drip === undefined) return;
    drips.push(setInterval(() => socket.writable && socket.write(drip), 2000));
  };
  const kinds = [
    ...Array.from({ length: silent }, () => () => bad('')),
    ...Array.from({ length: slowHeads }, () => () => bad(`${head}\r\n`, 'x: y\r\n')),
    ...Array.from({ length: slowBodies }, () => () => bad(`${head}\r\nContent-Length: 1000000\r\n\r\n`, 'x')),
  ];
  for (let i = 0; i < kinds.length; i += storm) await Promise.all(kinds.slice(i, i + storm).map((open) => open()));
  return {
    open: () => sockets.size,
    end: () => {
      drips.forEach((drip) => clearInterval(drip));
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Three phases, so that one hiccup of the machine decides nothing. */
async function threePhases(pool: Pool, rate: number): Promise<{ p99: readonly number[]; wrong: readonly unknown[] }> {
  const phases: Phase[] = [];
  for (let i = 0; i < 3; i += 1) phases.push(await honest(pool, rate, phaseSeconds));
  return { p99: phases.map(({ answers }) => Math.round(quantile(answers, 0.99) * 10) / 10), wrong: phases.flatMap(({ wrong }) => wrong) };
}

const asInItsImage = '--max-semi-space-size=8';

/** All three while the silent ones are still there: they have ten seconds. */
const phaseSeconds = 2;

test(`5.3: ${total} silent and slow connections: an honest sender has no error, its p99 at most doubles, memory stays, and the bad ones are gone in time`, async () => {
  await using kafka = await testKafka();
  await createTopic(kafka.bootstrap, topicName({ namespace: 'shop', name: 'orders' }), 10);
  await using receiver = await readyReceiver({ 'bootstrap.servers': kafka.bootstrap }, { LOG_LEVEL: 'info', NODE_OPTIONS: asInItsImage });
  const pool = new Pool(receiver.url, { connections: 32 });
  await honest(pool, rates.wanted, 5);
  const trial = await honest(pool, rates.wanted, 3);
  const rate = quantile(trial.answers, 0.99) < 100 ? rates.wanted : rates.fewer;
  const before = await threePhases(pool, rate);
  const rssBefore = await rssBytes(receiver.pid);
  const bad = await badConnections(Number(new URL(receiver.url).port));
  const opened = performance.now();
  const during = await threePhases(pool, rate);
  const stillOpen = bad.open();
  const rssDuring = await rssBytes(receiver.pid);
  await eventually('the bad ones are gone', () => bad.open() === 0, 60_000, () => bad.open());
  const goneMs = performance.now() - opened;
  bad.end();
  const after = await threePhases(pool, rate);
  await pool.close();
  const grownMiB = (rssDuring - rssBefore) / 1_048_576;
  process.stderr.write(`${JSON.stringify({ total, rate, p99Ms: [before, during, after].map(({ p99 }) => p99), stillOpen, grownMiB: Math.round(grownMiB), goneMs: Math.round(goneMs) })}\n`);
  expect([...before.wrong, ...during.wrong, ...after.wrong]).toEqual([]);
  expect(stillOpen).toBeGreaterThan(total / 10);
  expect(Math.min(...during.p99)).toBeLessThanOrEqual(2 * Math.max(...before.p99, ...after.p99));
  expect(grownMiB).toBeLessThan(64);
  expect(goneMs).toBeLessThan(35_000);
  expect(await receiver.metrics()).toMatch(/kafkachannel_receiver_queue_bytes 0\n/);
}, 240_000);

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';

import { topicName } from '../../contract/names.ts';
import { freePorts } from '../../local/free-port.ts';
import type { FaultProxy } from '../support/fault-proxy.ts';
import { faultProxy } from '../support/fault-proxy.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import { allRecordsOf, createTopic } from '../support/kafkajs.ts';
import { readyReceiver } from '../support/receiver.ts';
import { receiverTraffic, wrongInTopic } from '../support/receiver-traffic.ts';

/** How long each fault lasts. `RECEIVER_FAULT_SECONDS=600` makes ten minutes of each. */
const seconds = Number(process.env['RECEIVER_FAULT_SECONDS'] ?? 10);

const produceTimeoutMs = 3000;

let broker: TestKafka;
let proxy: FaultProxy;

beforeAll(async () => {
  const [proxyPort = 0] = await freePorts(1);
  broker = await testKafka({ properties: { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${proxyPort}` } });
  proxy = await faultProxy(proxyPort, broker.port);
}, 120_000);
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await broker.stop();
});

/** Does something again and again, until the time of the fault is over; what it returns counts as felt. */
async function repeatedly(everyMs: number, work: () => number): Promise<number> {
  let felt = 0;
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    await delay(everyMs);
    felt += work();
  }
  return felt;
}

test.each<{ name: string; inject: () => Promise<number> }>([
  {
    name: 'N2, G15: every fifth acknowledgement is lost on the way back',
    inject: async () => {
      proxy.set({ kind: 'lose-answers', share: 0.2 });
      return await repeatedly(500, () => 0);
    },
  },
  {
    name: 'N2, G15: for seconds every acknowledgement is lost, then none',
    inject: () => {
      let lost = false;
      return repeatedly(3000, () => {
        lost = !lost;
        proxy.set(lost ? { kind: 'lose-answers', share: 1 } : undefined);
        return 0;
      });
    },
  },
  { name: 'N3: no connection lives for longer than a second', inject: () => repeatedly(700, () => proxy.cut()) },
  { name: 'N1: connections fall silent, without a reset', inject: () => repeatedly(4000, () => proxy.silence()) },
  {
    name: 'N6: answers come byte by byte',
    inject: async () => {
      proxy.set({ kind: 'fragment', bytes: 1 });
      return await repeatedly(500, () => 0);
    },
  },
  {
    name: 'N6: each connection is cut in the middle of an answer',
    inject: async () => {
      proxy.set({ kind: 'cut-after', bytes: 977 });
      return await repeatedly(500, () => 0);
    },
  },
  {
    name: 'N1: nothing passes for two seconds, again and again',
    inject: () => {
      let frozen = false;
      return repeatedly(2000, () => {
        frozen = !frozen;
        proxy.set(frozen ? { kind: 'freeze' } : undefined);
        return 0;
      });
    },
  },
])('$name: what is acknowledged is stored once and in order, and all goes on afterwards', async ({ inject }) => {
  const name = crypto.randomUUID();
  const topic = topicName({ namespace: 'shop', name });
  await createTopic(broker.bootstrap, topic, 3);
  await using receiver = await readyReceiver({ 'bootstrap.servers': `127.0.0.1:${proxy.port}` }, { PRODUCE_TIMEOUT_MS: String(produceTimeoutMs), LOG_LEVEL: 'info' });
  const traffic = receiverTraffic(receiver, `/shop/${name}`);
  await traffic.flows('before');
  const before = proxy.felt;
  let felt = 0;
  try {
    felt = await inject();
  } finally {
    felt += proxy.felt - before;
    proxy.set(undefined);
  }
  await traffic.flows('afterwards');
  await traffic.stop();
  expect(felt).toBeGreaterThan(0);
  expect(wrongInTopic(traffic, await allRecordsOf(broker.bootstrap, topic))).toEqual([]);
  expect([...traffic.statuses.keys()].filter((status) => status !== 202 && status !== 503)).toEqual([]);
  expect(traffic.slowestMs).toBeLessThan(produceTimeoutMs + 3000);
  process.stderr.write(`${JSON.stringify({ acknowledged: traffic.count(), felt, slowestMs: Math.round(traffic.slowestMs), statuses: Object.fromEntries(traffic.statuses) })}\n`);
}, (seconds * 2 + 240) * 1000);

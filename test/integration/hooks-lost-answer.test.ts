import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';

import type { KafkaTopic } from '../../contract/generated/kafkatopic.ts';
import { KafkaClients } from '../../hooks/kafka/kafka-clients.ts';
import type { CompositeAnswer } from '../../hooks/metacontroller.ts';
import { hookRoutes } from '../../hooks/routes.ts';
import { freePorts } from '../../local/free-port.ts';
import { createLogger } from '../../runtime/log.ts';
import type { FlakyProxy } from '../support/flaky-proxy.ts';
import { flakyProxy } from '../support/flaky-proxy.ts';
import { aKafkaTopic, aSecret, frozen, groupsOf, hooksConfigForTests } from '../support/hook-objects.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafkaOn } from '../support/kafka.ts';
import { withAdmin } from '../support/kafkajs.ts';

const createTopics = 19;
const logger = createLogger('test', 'silent');
const kafka = new KafkaClients({ timeoutMs: 4000, logger });
const hooks = hookRoutes({ config: hooksConfigForTests, kafka, logger, now: () => new Date() });
let broker: TestKafka;
let proxy: FlakyProxy;
let bootstrap: string;

beforeAll(async () => {
  const [port = 0, controllerPort = 0, proxyPort = 0] = await freePorts(3);
  proxy = await flakyProxy(proxyPort, port);
  bootstrap = `127.0.0.1:${proxyPort}`;
  broker = await testKafkaOn({ port, controllerPort }, { properties: { 'advertised.listeners': `PLAINTEXT://${bootstrap}` } });
}, 90_000);
afterAll(async () => {
  await kafka.close();
  await proxy.close();
  await broker.stop();
});

async function call(path: string, parent: KafkaTopic): Promise<CompositeAnswer & { status: KafkaTopic['status'] }> {
  const related = groupsOf(aSecret({ 'bootstrap.servers': bootstrap }));
  return (await hooks.get(path)?.(frozen({ parent, children: {}, related, finalizing: path.endsWith('/finalize') }))) as CompositeAnswer & { status: KafkaTopic['status'] };
}

/** Syncs, 20 s at most, until nothing is Unknown any more. */
async function synced(topic: KafkaTopic): Promise<KafkaTopic> {
  const deadline = Date.now() + 20_000;
  for (let current = topic; ; await delay(50)) {
    current = { ...current, status: (await call('/kafkatopic/sync', current)).status };
    if (current.status.conditions?.[0]?.status !== 'Unknown') return current;
    if (Date.now() > deadline) throw new Error(`Unknown after 20 s: ${JSON.stringify(current.status)}`);
  }
}

test.each([
  { whose: 'a channel of its own', name: 'own', topicName: 'own', reason: 'Ready', left: false },
  { whose: 'several channels', name: 'one-of-them', topicName: 'shared', reason: 'TopicFound', left: true },
])('a topic of $whose, made by a request whose answer is lost: $reason, and left behind: $left', async ({ name, topicName, reason, left }) => {
  proxy.loseAnswerTo = createTopics;
  const before = proxy.lost;
  const topic = await synced(aKafkaTopic({ topicName }, { metadata: { name } }));
  expect(proxy.lost).toBe(before + 1);
  expect(topic.status.conditions?.[0]).toMatchObject({ status: 'True', reason });

  expect(await call('/kafkatopic/finalize', { ...topic, metadata: { ...topic.metadata, deletionTimestamp: new Date().toISOString() } })).toMatchObject({ finalized: true });
  const deadline = Date.now() + 10_000;
  let there = true;
  while (there !== left && Date.now() < deadline) there = await withAdmin(broker.bootstrap, async (admin) => (await admin.listTopics()).includes(topicName));
  expect(there).toBe(left);
}, 60_000);

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { dispatcherName, groupId, receiverName, topicObjectName } from '../../contract/names.ts';
import type { Condition } from '../../hooks/conditions.ts';
import { conditionNamed } from '../../hooks/conditions.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { healthOf } from './argo.ts';
import { addressOf, channelWith, subscriber, whenReady } from './channels.ts';
import { until } from './cluster/wait.ts';
import { received, sendFromPod } from './events.ts';
import { installed } from './installed.ts';
import type { ClusterKafka } from './kafka.ts';
import { startClusterKafka } from './kafka.ts';
import type { Kubernetes } from './kubernetes.ts';
import { hasReaders, kstatusOf } from './readers/readers.ts';
import { startSubscribers } from './subscribers.ts';
import { restrictedNamespace, secretOfKafka, systemNamespace } from './system.ts';

const channel = { namespace: 'restarts', name: 'orders' };
const kafkaSecret = 'restarting';
const billing = { namespace: channel.namespace, deployment: 'billing' };
const watched = [
  ['kafkachannels', channel.name, channel.namespace],
  ['kafkatopics.knative-kafka.io', topicObjectName(channel), systemNamespace],
  ['kafkaconsumergroups', groupId(channel, subscriber(channel, 'billing').uid), systemNamespace],
] as const;
const testWithReaders = (await hasReaders()) ? test : test.skip; // skipped, and so failed in CI, where Go is missing, in which kstatus is written
let kubernetes: Kubernetes;
let kafka: ClusterKafka;

beforeAll(async () => {
  kubernetes = await installed();
  kafka = await startClusterKafka(kubernetes.cluster.hostAddress, () => undefined);
  await kubernetes.apply([restrictedNamespace(channel.namespace), secretOfKafka(kafkaSecret, kafka.podBootstrap)]);
  await startSubscribers(kubernetes, channel.namespace, billing.deployment);
  await kubernetes.apply([channelWith(channel, { numPartitions: 3, kafkaSecret, subscribers: [subscriber(channel, 'billing')] })]);
  await whenReady(kubernetes, channel);
  for (const name of [receiverName(kafkaSecret), dispatcherName(channel)]) await kubernetes.rolledOut(name, systemNamespace);
  expect(await sendFromPod(kubernetes, billing, addressOf(channel), ['before'])).toEqual([202]);
  await received(kubernetes, billing, ['before']);
}, 300_000);

afterAll(async () => {
  await kubernetes.run('delete', 'namespace', channel.namespace, '--timeout=60s');
  await kubernetes.run('delete', 'secret', kafkaSecret, '-n', systemNamespace);
  await kafka.stop();
}, 120_000);

/** What was seen of the channel, its topic and its group, again and again until something is over. */
async function seenWhile(work: () => Promise<unknown>): Promise<KubernetesObject[][]> {
  const ending = { ended: false };
  const seen: KubernetesObject[][] = watched.map(() => []);
  const working = work().finally(() => (ending.ended = true));
  for (let isOver = false; !isOver; ) {
    isOver = ending.ended;
    const objects = await Promise.all(watched.map(([resource, name, where]) => kubernetes.get(resource, name, where)));
    objects.forEach((object, index) => object && seen[index]?.push(object));
  }
  await working;
  return seen;
}

function ready({ status }: KubernetesObject): Condition | undefined {
  return conditionNamed((status as { conditions?: Condition[] }).conditions, 'Ready');
}

/** Has the hooks look at topic and group now, not within a minute. */
async function touched(): Promise<void> {
  for (const [resource, name, where] of watched.slice(1)) await kubernetes.run('annotate', resource, name, '-n', where, `touched=${Date.now()}`, '--overwrite');
}

async function allReady(status: Condition['status']): Promise<void> {
  for (const [resource, name, where] of watched) await kubernetes.when(resource, name, where, (object) => ready(object)?.status === status, { timeoutMs: 90_000 });
}

describe('A4, K5: while Kafka is restarted', () => {
  let seen: KubernetesObject[][];

  beforeAll(async () => {
    seen = await seenWhile(async () => {
      await kafka.restart(async () => {
        await touched();
        await allReady('Unknown');
      });
      await allReady('True');
      await touched();
      await whenReady(kubernetes, channel);
    });
  }, 300_000);

  test.each(watched.map(([resource], index) => ({ resource, index })))('$resource goes from Ready to Unknown and back once, and is never for a person', async ({ index }) => {
    const objects = seen[index] ?? [];
    const changes = objects.map((object) => ready(object)).filter((condition, at, all) => condition?.lastTransitionTime !== all[at - 1]?.lastTransitionTime);
    expect(changes.map((condition) => condition?.status)).toEqual(['True', 'Unknown', 'True']);
    const healths = await Promise.all(objects.map(async (object) => (await healthOf(object)).status));
    expect([...new Set(healths)].sort()).toEqual(['Healthy', 'Progressing']);
  }, 60_000);

  testWithReaders('and kstatus takes nothing of it for failed', async () => {
    for (const objects of seen) expect([...new Set(await kstatusOf(objects))].sort()).toEqual(['Current', 'InProgress']);
  }, 900_000);

  test('and events flow again', async () => {
    await until('an event is taken', async () => ((await sendFromPod(kubernetes, billing, addressOf(channel), ['after']))[0] === 202 ? true : undefined));
    await received(kubernetes, billing, ['after'], { timeoutMs: 90_000 });
  }, 180_000);
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';

import { writeCounts, writesBetween } from '../../bench/controlplane/write-counts.ts';
import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import { groupId } from '../../contract/names.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { addressOf, kafkaChannel, subscriber, whenReady } from './channels.ts';
import { received, sendFromPod } from './events.ts';
import { hookRequests } from './hook-requests.ts';
import { installed } from './installed.ts';
import type { Kubernetes } from './kubernetes.ts';
import { refusals } from './metacontroller/refusals.ts';
import { restartMetacontroller } from './metacontroller/restart.ts';
import { startSubscribers } from './subscribers.ts';
import { restrictedNamespace, systemNamespace } from './system.ts';
import { tableOf } from './table.ts';

const namespace = 'rest';
const channel = { namespace, name: 'orders' };
const pod = { namespace, deployment: 'billing' };
const group = groupId(channel, subscriber(channel, 'billing').uid);
/** Longer than topics and groups are left alone. */
const restSeconds = Number(process.env['AT_REST_SECONDS'] ?? 65);
let kubernetes: Kubernetes;

beforeAll(async () => {
  kubernetes = await installed();
  await kubernetes.apply([restrictedNamespace(namespace)]);
  await startSubscribers(kubernetes, namespace, 'billing');
  await kubernetes.apply([kafkaChannel(channel, 'billing')]);
  await whenReady(kubernetes, channel);
  expect(await sendFromPod(kubernetes, pod, addressOf(channel), ['rest-1'])).toEqual([202]);
  await received(kubernetes, pod, ['rest-1']);
}, 300_000);

afterAll(async () => {
  await kubernetes.run('delete', 'namespace', namespace, '--timeout=60s');
  await restartMetacontroller(kubernetes);
}, 180_000);

/** Of everything but the node, which says every few minutes that it is there. */
async function writes(): Promise<Map<string, number>> {
  const counts = writeCounts(await kubernetes.run('get', '--raw', '/metrics'));
  counts.delete('nodes');
  return counts;
}

function isMeasured({ status }: KubernetesObject): boolean {
  const { members, lag } = (status ?? {}) as Partial<KafkaConsumerGroup['status']>;
  return members === 1 && lag === '0';
}

/** Parents of each controller, and the seconds after which each is synced again. */
const resynced = [
  ['kafkachannel', 'kafkachannels', 300],
  ['namespace', 'namespaces', 300],
  ['secret', 'secrets', 300],
  ['pod', 'pods', 300],
  ['kafkatopic', 'kafkatopics.knative-kafka.io', 60],
  ['kafkaconsumergroup', 'kafkaconsumergroups', 60],
] as const;

describe.each(['server-side-apply', 'dynamic-apply'])('at rest, with %s', (strategy) => {
  beforeAll(async () => {
    await restartMetacontroller(kubernetes, `--apply-strategy=${strategy}`);
    // Members and lag are measured once a minute.
    await kubernetes.when('kafkaconsumergroups', group, systemNamespace, isMeasured, { timeoutMs: 130_000 });
    await delay(5000);
  }, 240_000);

  test('K6: nothing is written, and no parent is synced more than once a resync', async () => {
    const [before, requestsBefore] = [await writes(), await hookRequests(kubernetes)];
    await delay(restSeconds * 1000);
    const [after, requestsAfter] = [await writes(), await hookRequests(kubernetes)];
    expect(Object.fromEntries(writesBetween(before, after))).toEqual({});
    for (const [controller, resource, period] of resynced) {
      const syncs = (requestsAfter[controller] ?? 0) - (requestsBefore[controller] ?? 0);
      const most = (Math.floor(restSeconds / period) + 1) * (await kubernetes.listAll(resource)).length;
      expect([controller, syncs, syncs <= most]).toEqual([controller, syncs, true]);
    }
  }, (restSeconds + 60) * 1000);

  test('K9: the group of a subscriber says how many events wait for it and who reads them', async () => {
    const { lines } = await tableOf(kubernetes, 'kafkaconsumergroups', systemNamespace, '-o', 'wide');
    expect(lines.find(({ CHANNEL }) => CHANNEL === `${namespace}/${channel.name}`)).toMatchObject({ LAG: '0', MEMBERS: '1', SUBSCRIBER: 'billing' });
  }, 30_000);

  test('O6: Metacontroller was refused nothing by its narrowed role', async () => {
    expect(await refusals(kubernetes)).toEqual([]);
  }, 30_000);
});

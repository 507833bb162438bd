import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';

import { channelServiceName, dispatcherName, groupId, receiverName, topicObjectName } from '../../contract/names.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { addressOf, kafkaChannel, subscriber, whenReady } from './channels.ts';
import { received, sendFromPod } from './events.ts';
import { hookRequests } from './hook-requests.ts';
import { installed } from './installed.ts';
import type { Kubernetes } from './kubernetes.ts';
import { restartMetacontroller } from './metacontroller/restart.ts';
import { startSubscribers } from './subscribers.ts';
import { kafkaSecret, restrictedNamespace, systemNamespace } from './system.ts';
import { tableOf } from './table.ts';

const namespace = 'repair';
const channel = { namespace, name: 'orders' };
const pod = { namespace, deployment: 'billing' };
const receiver = receiverName(kafkaSecret);
const group = groupId(channel, subscriber(channel, 'billing').uid);
let kubernetes: Kubernetes;

beforeAll(async () => {
  kubernetes = await installed();
  await kubernetes.apply([restrictedNamespace(namespace)]);
  await startSubscribers(kubernetes, namespace, 'billing');
  await kubernetes.apply([kafkaChannel(channel, 'billing')]);
  await whenReady(kubernetes, channel);
}, 300_000);

afterAll(async () => {
  await kubernetes.run('delete', 'namespace', namespace, '--timeout=60s');
}, 90_000);

interface Child {
  readonly resource: string;
  readonly name: string;
  readonly in?: string;
  /** A change that somebody makes by hand. */
  readonly edit: object;
}

const children: Child[] = [
  { resource: 'services', name: channelServiceName(channel.name), in: namespace, edit: { spec: { externalName: 'elsewhere.example' } } },
  { resource: 'kafkatopics.knative-kafka.io', name: topicObjectName(channel), edit: { spec: { config: { 'retention.ms': '1234' } } } },
  { resource: 'kafkaconsumergroups', name: group, edit: { spec: { subscriber: 'somebody' } } },
  // Its replicas are an autoscaler's where the channel asks for none.
  { resource: 'deployments', name: dispatcherName(channel), edit: { spec: { template: { spec: { terminationGracePeriodSeconds: 1 } } } } },
  { resource: 'configmaps', name: dispatcherName(channel), edit: { data: { 'dispatcher.json': '{}' } } },
  { resource: 'deployments', name: receiver, edit: { spec: { replicas: 0 } } },
  { resource: 'services', name: receiver, edit: { spec: { ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 1 }] } } },
  { resource: 'configmaps', name: receiver, edit: { data: { 'routes.json': '{"a/b": {"topic": "c"}}' } } },
  { resource: 'poddisruptionbudgets', name: receiver, edit: { spec: { maxUnavailable: 0 } } },
];

describe.each(['server-side-apply', 'dynamic-apply'])('done by hand to a child, with %s', (strategy) => {
  beforeAll(async () => {
    await restartMetacontroller(kubernetes, `--apply-strategy=${strategy}`);
    await whenReady(kubernetes, channel);
  }, 120_000);

  test.each(children)('$resource $name: an edit is undone', async ({ resource, name, in: where = systemNamespace, edit }) => {
    const before = content(await kubernetes.get(resource, name, where));
    await kubernetes.patch(resource, name, where, edit);
    await kubernetes.when(resource, name, where, (object) => JSON.stringify(content(object)) === JSON.stringify(before), { timeoutMs: 60_000 });
  }, 90_000);

  test.each(children)('$resource $name: a deletion is undone', async ({ resource, name, in: where = systemNamespace }) => {
    const before = await kubernetes.get(resource, name, where);
    await kubernetes.run('delete', resource, name, '-n', where, '--timeout=40s');
    const after = await kubernetes.when(resource, name, where, ({ metadata }) => metadata.uid !== before?.metadata.uid, { timeoutMs: 60_000 });
    expect(assignedRemoved(content(after))).toEqual(assignedRemoved(content(before)));
  }, 120_000);

  test('afterwards events flow as before', async () => {
    await whenReady(kubernetes, channel);
    for (const deployment of [receiver, dispatcherName(channel)]) await kubernetes.rolledOut(deployment, systemNamespace);
    expect(await sendFromPod(kubernetes, pod, addressOf(channel), [`restored-${strategy}`])).toEqual([202]);
    await received(kubernetes, pod, [`restored-${strategy}`]);
  }, 180_000);
});

function content(object: KubernetesObject | undefined): Record<string, unknown> {
  return { spec: object?.['spec'], data: object?.['data'], labels: object?.metadata.labels };
}

/** Without what Kubernetes assigns to each new object. */
function assignedRemoved(object: Record<string, unknown>): unknown {
  return JSON.parse(JSON.stringify(object, (key, value: unknown) => (key === 'clusterIP' || key === 'clusterIPs' ? undefined : value))) as unknown;
}

describe('at rest, for longer than topics and groups are left alone', () => {
  const restMs = 65_000;
  const resources = ['kafkachannels', 'kafkatopics.knative-kafka.io', 'kafkaconsumergroups', 'deployments', 'configmaps', 'services', 'poddisruptionbudgets', 'pods', 'namespaces', 'secrets'];

  /** Every object that is ours or that our controllers have for a parent, with its version. */
  async function versions(): Promise<Record<string, string>> {
    const lists = await Promise.all(resources.map((resource) => kubernetes.listAll(resource)));
    return Object.fromEntries(lists.flat().map(({ kind, metadata }) => [`${kind} ${metadata.namespace ?? ''}/${metadata.name}`, String(metadata['resourceVersion'])]));
  }

  test('K6: nothing is written, and no parent is synced more than once a resync', async () => {
    // Members and lag are measured once a minute: what the tests above did shows with the next look.
    await kubernetes.when('kafkaconsumergroups', group, systemNamespace, ({ status }) => (status as { members?: number; lag?: string }).members === 1 && (status as { lag?: string }).lag === '0', { timeoutMs: 130_000 });
    await delay(5000);
    const [before, requestsBefore] = [await versions(), await hookRequests(kubernetes)];
    await delay(restMs);
    const [after, requestsAfter] = [await versions(), await hookRequests(kubernetes)];
    expect(after).toEqual(before);
    const syncs = Object.fromEntries(Object.entries(requestsAfter).map(([controller, count]) => [controller, count - (requestsBefore[controller] ?? 0)]));
    const parents = { kafkatopic: (await kubernetes.listAll('kafkatopics.knative-kafka.io')).length, kafkaconsumergroup: (await kubernetes.listAll('kafkaconsumergroups')).length };
    console.info(`syncs in ${restMs / 1000} s at rest: ${JSON.stringify(syncs)}; parents: ${JSON.stringify(parents)}`);
    for (const [controller, count] of Object.entries(parents)) expect(syncs[controller]).toBeLessThanOrEqual(2 * count);
    for (const controller of ['kafkachannel', 'namespace', 'secret', 'pod']) expect(syncs[controller] ?? 0).toBeLessThanOrEqual((await parentsOf(controller)).length);
  }, 240_000);

  test('K9: the group of a subscriber says how many events wait for it and who reads them', async () => {
    const { lines } = await tableOf(kubernetes, 'kafkaconsumergroups', systemNamespace, '-o', 'wide');
    expect(lines.find(({ CHANNEL }) => CHANNEL === `${namespace}/${channel.name}`)).toMatchObject({ LAG: '0', MEMBERS: '1', SUBSCRIBER: 'billing' });
  }, 30_000);

  function parentsOf(controller: string): Promise<KubernetesObject[]> {
    return kubernetes.listAll({ kafkachannel: 'kafkachannels', namespace: 'namespaces', secret: 'secrets' }[controller] ?? 'pods');
  }
});

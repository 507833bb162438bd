import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { annotation, channelServiceName, dispatcherName, groupId, receiverName, topicName, topicObjectName } from '../../contract/names.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { settingsOf } from './broker.ts';
import { addressOf, kafkaChannel, subscriber, whenReady } from './channels.ts';
import { received, sendFromPod } from './events.ts';
import { installed } from './installed.ts';
import type { Kubernetes } from './kubernetes.ts';
import { refusals } from './metacontroller/refusals.ts';
import { restartMetacontroller } from './metacontroller/restart.ts';
import { startSubscribers } from './subscribers.ts';
import { kafkaAddress, kafkaSecret, restrictedNamespace, systemNamespace } from './system.ts';

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
  await restartMetacontroller(kubernetes);
}, 180_000);

interface Child {
  readonly resource: string;
  readonly name: string;
  readonly in?: string;
  /** A change that somebody makes by hand. */
  readonly edit: object;
}

const children: Child[] = [
  { resource: 'services', name: channelServiceName(channel.name), in: namespace, edit: { spec: { externalName: 'elsewhere.example' } } },
  { resource: 'kafkatopics.knative-kafka.io', name: topicObjectName(channel), edit: { spec: { config: { 'retention.ms': '1234' }, configKeys: ['retention.ms', 'cleanup.policy'], deletionPolicy: 'Retain' } } },
  { resource: 'kafkaconsumergroups', name: group, edit: { spec: { subscriber: 'somebody', startAt: 'earliest', deletionPolicy: 'Retain' } } },
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
    await kubernetes.patch(resource, name, where, { ...edit, metadata: { labels: { [ownLabel(before)]: 'somebody' } } });
    await kubernetes.when(resource, name, where, (object) => JSON.stringify(content(object)) === JSON.stringify(before), { timeoutMs: 60_000 });
  }, 90_000);

  test.each(children)('$resource $name: a label alone, changed or taken away, is put back, and nothing is left of that', async ({ resource, name, in: where = systemNamespace }) => {
    const before = content(await kubernetes.get(resource, name, where));
    for (const value of ['somebody', null]) {
      await kubernetes.patch(resource, name, where, { metadata: { labels: { [ownLabel(before)]: value } } });
      await kubernetes.when(resource, name, where, (object) => JSON.stringify(content(object)) === JSON.stringify(before), { timeoutMs: 60_000 });
    }
  }, 150_000);

  test.each(children)('$resource $name: a deletion is undone', async ({ resource, name, in: where = systemNamespace }) => {
    const before = await kubernetes.get(resource, name, where);
    await kubernetes.run('delete', resource, name, '-n', where, '--timeout=40s');
    const after = await kubernetes.when(resource, name, where, ({ metadata }) => metadata.uid !== before?.metadata.uid, { timeoutMs: 60_000 });
    expect(assignedRemoved(content(after))).toEqual(assignedRemoved(content(before)));
  }, 120_000);

  test.each([
    { resource: 'configmaps', name: dispatcherName(channel) },
    { resource: 'services', name: receiver },
  ])('$resource $name: its note for the status of the channel is written again', async ({ resource, name }) => {
    await whenReady(kubernetes, channel);
    for (const note of ['{}', null]) {
      await kubernetes.patch(resource, name, systemNamespace, { metadata: { annotations: { [annotation.state]: note } } });
      await kubernetes.when(resource, name, systemNamespace, ({ metadata }) => (metadata.annotations?.[annotation.state] ?? '{}') !== '{}', { timeoutMs: 60_000 });
    }
    await whenReady(kubernetes, channel);
  }, 180_000);

  test('replicas that an autoscaler gives to a dispatcher stay, while what else is changed by hand is undone', async () => {
    const [resource, name] = ['deployments', dispatcherName(channel)];
    const seconds = (object: KubernetesObject | undefined): unknown => (object?.['spec'] as { template: { spec: { terminationGracePeriodSeconds: number } } }).template.spec.terminationGracePeriodSeconds;
    const before = await kubernetes.get(resource, name, systemNamespace);
    await kubernetes.run('scale', `deployment/${name}`, '-n', systemNamespace, '--replicas=2');
    await kubernetes.patch(resource, name, systemNamespace, { spec: { template: { spec: { terminationGracePeriodSeconds: 1 } } } });
    const after = await kubernetes.when(resource, name, systemNamespace, (object) => seconds(object) === seconds(before));
    expect(after['spec']).toMatchObject({ replicas: 2 });
    await kubernetes.run('scale', `deployment/${name}`, '-n', systemNamespace, '--replicas=1');
  }, 90_000);

  test('a setting that is added to the KafkaTopic has no effect on Kafka', async () => {
    const resource = 'kafkatopics.knative-kafka.io';
    const name = topicObjectName(channel);
    await kubernetes.patch(resource, name, systemNamespace, { spec: { config: { 'cleanup.policy': 'compact' } } });
    await kubernetes.when(resource, name, systemNamespace, ({ metadata, status }) => (status as { observedGeneration: number }).observedGeneration === metadata.generation);
    expect((await settingsOf(kafkaAddress('KAFKA_BOOTSTRAP'), topicName(channel)))['cleanup.policy']).toBe('delete');
    await kubernetes.patch(resource, name, systemNamespace, { spec: { config: { 'cleanup.policy': null } } });
  }, 90_000);

  test('a Service of somebody else with the name of a channel\'s is told of, and never adopted', async () => {
    const taken = { namespace, name: `taken-${strategy}` };
    const name = channelServiceName(taken.name);
    await kubernetes.apply([{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { type: 'ExternalName', externalName: 'somebody.example' } }]);
    const before = await kubernetes.get('services', name, namespace);
    await kubernetes.apply([kafkaChannel(taken)]);
    const told = (channelObject: KubernetesObject): boolean => JSON.stringify(channelObject['status']).includes('"ServiceTaken"');
    await kubernetes.when('kafkachannels', taken.name, namespace, told);
    await kubernetes.patch('kafkachannels', taken.name, namespace, { spec: { retentionDuration: 'PT1H' } });
    await kubernetes.when('kafkachannels', taken.name, namespace, (seen) => told(seen) && (seen['status'] as { observedGeneration: number }).observedGeneration === seen.metadata.generation);
    expect(await kubernetes.get('services', name, namespace)).toEqual(before);
    await kubernetes.run('delete', 'services', name, '-n', namespace);
    await whenReady(kubernetes, taken);
    await kubernetes.run('delete', 'kafkachannels', taken.name, '-n', namespace, '--timeout=60s');
  }, 180_000);

  test('afterwards events flow as before', async () => {
    await whenReady(kubernetes, channel);
    for (const deployment of [receiver, dispatcherName(channel)]) await kubernetes.rolledOut(deployment, systemNamespace);
    expect(await sendFromPod(kubernetes, pod, addressOf(channel), [`restored-${strategy}`])).toEqual([202]);
    await received(kubernetes, pod, [`restored-${strategy}`]);
  }, 180_000);

  test('O6: Metacontroller was refused nothing by its narrowed role', async () => {
    expect(await refusals(kubernetes)).toEqual([]);
  }, 30_000);
});

function content(object: KubernetesObject | undefined): Record<string, unknown> {
  return { spec: object?.['spec'], data: object?.['data'], labels: object?.metadata.labels, putBack: object?.metadata.annotations?.[annotation.putBack] };
}

function ownLabel({ labels }: Record<string, unknown>): string {
  const [own = ''] = Object.keys(labels as object).filter((label) => /^(knative-kafka\.io|app\.kubernetes\.io)\//.test(label));
  return own;
}

/** Without what Kubernetes assigns to each new object. */
function assignedRemoved(object: Record<string, unknown>): unknown {
  return JSON.parse(JSON.stringify(object, (key, value: unknown) => (key === 'clusterIP' || key === 'clusterIPs' ? undefined : value))) as unknown;
}

import { beforeAll, describe, expect, test } from '@jest/globals';

import { channelServiceName, dispatcherName, groupId, receiverName, topicName, topicObjectName } from '../../contract/names.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { groupsOf, offsetsOf, topicsOf } from './broker.ts';
import { addressOf, kafkaChannel, subscriber, whenReady } from './channels.ts';
import { until } from './cluster/wait.ts';
import { received, sendFromPod } from './events.ts';
import { installed } from './installed.ts';
import type { Kubernetes } from './kubernetes.ts';
import { startSubscribers } from './subscribers.ts';
import { kafkaAddress, kafkaSecret, restrictedNamespace, systemNamespace } from './system.ts';
import { tableOf } from './table.ts';

const namespace = 'shop';
const channel = { namespace, name: 'orders' };
const address = addressOf(channel);
const billing = { namespace, deployment: 'billing' };
const shipping = { namespace, deployment: 'shipping' };

let kubernetes: Kubernetes;
const bootstrap = kafkaAddress('KAFKA_BOOTSTRAP');

beforeAll(async () => {
  kubernetes = await installed();
}, 300_000);

const groupOf = (of: { namespace: string; name: string }, name: string): string => groupId(of, subscriber(of, name).uid);
const podsOf = (name: string): Promise<KubernetesObject[]> => kubernetes.list('pods', systemNamespace, `knative-kafka.io/channel=${name}`);

describe('a KafkaChannel with subscribers', () => {
  beforeAll(async () => {
    await kubernetes.apply([restrictedNamespace(namespace)]);
    await startSubscribers(kubernetes, namespace, 'billing', 'shipping');
    await kubernetes.apply([kafkaChannel(channel, 'billing', 'shipping')]);
  }, 180_000);

  test('becomes Ready, with an address', async () => {
    const { status } = await whenReady(kubernetes, channel);
    expect(status.address?.url).toBe(address);
    expect(status.subscribers).toEqual([
      { uid: 'uid-billing', observedGeneration: 1, ready: 'True' },
      { uid: 'uid-shipping', observedGeneration: 1, ready: 'True' },
    ]);
  }, 90_000);

  test('has a Service in its namespace, a topic, a group a subscriber, and running pods in the system namespace', async () => {
    expect((await kubernetes.get('service', channelServiceName(channel.name), namespace))?.['spec']).toMatchObject({ type: 'ExternalName' });
    expect(await topicsOf(bootstrap)).toContain(topicName(channel));
    expect(await offsetsOf(bootstrap, groupOf(channel, 'billing'), topicName(channel))).toEqual(['0', '0', '0']);
    await kubernetes.rolledOut(receiverName(kafkaSecret), systemNamespace);
    await kubernetes.rolledOut(dispatcherName(channel), systemNamespace);
  }, 120_000);

  test.each([
    ['kafkachannels', namespace, 'NAME READY REASON URL AGE', 'PARTITIONS SUBSCRIBERS TOPIC MESSAGE'],
    ['kafkatopics.knative-kafka.io', systemNamespace, 'NAME READY REASON TOPIC PARTITIONS AGE', 'REPLICAS RETENTION POLICY MESSAGE'],
    ['kafkaconsumergroups', systemNamespace, 'NAME READY REASON LAG OLDEST MEMBERS AGE', 'CHANNEL SUBSCRIBER TOPIC MESSAGE'],
  ])('K1, K2, K9: kubectl get %s shows at a glance that all is well', async (resource, where, columns, wide) => {
    const { columns: seen, lines } = await tableOf(kubernetes, resource, where);
    expect(seen.join(' ')).toBe(columns);
    for (const line of lines) expect(line).toMatchObject({ READY: 'True', REASON: 'Ready' });
    for (const line of lines) expect(Object.entries(line).filter(([column, cell]) => cell === '' && column !== 'OLDEST')).toEqual([]);
    expect((await tableOf(kubernetes, resource, where, '-o', 'wide')).columns.join(' ')).toBe(`${columns} ${wide}`);
  }, 30_000);

  test('delivers what is sent to its address to every subscriber', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `first-${index}`);
    expect(await sendFromPod(kubernetes, billing, address, ids)).toEqual(ids.map(() => 202));
    for (const pod of [billing, shipping]) expect((await received(kubernetes, pod, ids)).sort()).toEqual([...ids].sort());
  }, 90_000);

  test('delivers to a subscriber added later within 5 s of its becoming Ready, without a restart', async () => {
    const late = { namespace, deployment: 'late' };
    await startSubscribers(kubernetes, namespace, 'late');
    const before = await podsOf(channel.name);
    await kubernetes.apply([kafkaChannel(channel, 'billing', 'shipping', 'late')]);
    await whenReady(kubernetes, channel);
    const ready = Date.now();
    expect(await sendFromPod(kubernetes, billing, address, ['late-1'])).toEqual([202]);
    await received(kubernetes, late, ['late-1'], { timeoutMs: Math.max(0, ready + 5000 - Date.now()), intervalMs: 50 });
    console.info(`received ${Date.now() - ready} ms after Ready was seen`);
    expect((await podsOf(channel.name)).map(restarts)).toEqual(before.map(restarts));
  }, 90_000);
});

/** What a restart of a pod changes. */
function restarts({ metadata, status }: KubernetesObject): unknown {
  const { containerStatuses } = status as { containerStatuses: { restartCount: number }[] };
  return [metadata.uid, containerStatuses.map(({ restartCount }) => restartCount)];
}

describe('deletion', () => {
  const second = { namespace, name: 'second' };

  beforeAll(async () => {
    await kubernetes.apply([kafkaChannel(second, 'billing')]);
    await whenReady(kubernetes, second);
    await kubernetes.rolledOut(dispatcherName(second), systemNamespace);
  }, 120_000);

  test('of a channel takes all of it with it, topic and groups on the broker included, and nothing of its neighbour', async () => {
    await kubernetes.run('delete', 'kafkachannel', channel.name, '-n', namespace, '--timeout=30s');
    await allGone(channel);
    expect(await topicsOf(bootstrap)).toContain(topicName(second));
    expect(await groupsOf(bootstrap)).toContain(groupOf(second, 'billing'));
  }, 120_000);

  test('of a namespace does the same for the channels in it', async () => {
    await kubernetes.run('delete', 'namespace', namespace, '--timeout=60s');
    await allGone(second);
  }, 180_000);

  async function allGone(of: { namespace: string; name: string }): Promise<void> {
    await kubernetes.gone('service', channelServiceName(of.name), namespace);
    await kubernetes.gone('kafkatopics', topicObjectName(of), systemNamespace);
    for (const resource of ['deployments', 'configmaps']) await kubernetes.gone(resource, dispatcherName(of), systemNamespace);
    const selector = `knative-kafka.io/channel=${of.name},knative-kafka.io/channel-namespace=${of.namespace}`;
    for (const resource of ['kafkaconsumergroups', 'pods', 'replicasets']) {
      await until(`no ${resource} of ${of.name}`, async () => ((await kubernetes.list(resource, systemNamespace, selector)).length === 0 ? true : undefined));
    }
    await until('topic gone from the broker', async () => ((await topicsOf(bootstrap)).includes(topicName(of)) ? undefined : true));
    await until('groups gone from the broker', async () => ((await groupsOf(bootstrap)).some((id) => id.startsWith(`kafka.${of.namespace}.${of.name}.`)) ? undefined : true));
  }
});

test('Metacontroller was refused nothing by its narrowed role', async () => {
  const log = await kubernetes.run('logs', '-n', 'metacontroller', 'statefulset/metacontroller', '--tail=-1');
  expect(log.split('\n').filter((line) => line.includes('is forbidden: User '))).toEqual([]);
}, 30_000);

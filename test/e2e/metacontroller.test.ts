import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';

import type { KafkaChannel } from '../../contract/generated/kafkachannel.ts';
import { channelServiceName, dispatcherName, groupId, receiverName, topicName, topicObjectName } from '../../contract/names.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { groupsOf, offsetsOf, settingsOf, topicsOf } from './broker.ts';
import { addressOf, channelWith, kafkaChannel, subscriber, whenReady } from './channels.ts';
import { output } from './cluster/command.ts';
import { projectFolder } from './cluster/folders.ts';
import { until } from './cluster/wait.ts';
import { received, sendFromPod } from './events.ts';
import { installed } from './installed.ts';
import type { Kubernetes } from './kubernetes.ts';
import { changedLeaves } from './leaves.ts';
import { refusals } from './metacontroller/refusals.ts';
import { startSubscribers } from './subscribers.ts';
import { kafkaAddress, kafkaSecret, restrictedNamespace, secretOfKafka, systemNamespace } from './system.ts';
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

/** For the namespace that the suite runs in. */
async function renderedHere(objects: readonly object[]): Promise<KubernetesObject[]> {
  const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-render-'));
  try {
    const file = join(folder, 'manifests.yaml');
    await writeFile(file, objects.map((object) => `---\n${stringify(object)}`).join(''));
    const yaml = await output('npm', ['run', '--silent', 'render', '--', file], { cwd: projectFolder });
    return parseAllDocuments(yaml).map((document) => document.toJS() as KubernetesObject);
  } finally {
    await rm(folder, { recursive: true });
  }
}

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
  ])('K1, K9: kubectl get %s shows at a glance that all is well', async (resource, where, columns, wide) => {
    const { columns: seen, lines } = await tableOf(kubernetes, resource, where);
    expect(seen.join(' ')).toBe(columns);
    for (const line of lines) expect(line).toMatchObject({ READY: 'True', REASON: 'Ready' });
    for (const line of lines) expect(Object.entries(line).filter(([, cell]) => cell === '')).toEqual([]);
    expect((await tableOf(kubernetes, resource, where, '-o', 'wide')).columns.join(' ')).toBe(`${columns} ${wide}`);
  }, 30_000);

  test('A4: npm run render says what Metacontroller has made, to the last leaf', async () => {
    const rendered = await renderedHere([kafkaChannel(channel, 'billing', 'shipping'), secretOfKafka(kafkaSecret, kafkaAddress('KAFKA_POD_BOOTSTRAP'))]);
    expect(new Set(rendered.map(({ kind }) => kind))).toEqual(new Set(['ConfigMap', 'Deployment', 'KafkaConsumerGroup', 'KafkaTopic', 'PodDisruptionBudget', 'Service']));
    for (const object of rendered) {
      const { kind, metadata } = object;
      const live = await kubernetes.get(kind === 'KafkaTopic' ? 'kafkatopics.knative-kafka.io' : kind, metadata.name, metadata.namespace);
      expect({ kind, name: metadata.name, changed: changedLeaves(object, live) }).toEqual({ kind, name: metadata.name, changed: [] });
    }
  }, 90_000);

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

test('a change of the retention and of a setting of the topic is live on Kafka within 30 s', async () => {
  const wanted = { 'retention.ms': '7200000', 'max.message.bytes': '2097152' };
  expect(await settingsOf(bootstrap, topicName(channel))).not.toMatchObject(wanted);
  await kubernetes.patch('kafkachannels', channel.name, namespace, { spec: { retentionDuration: 'PT2H', topic: { config: { 'max.message.bytes': wanted['max.message.bytes'] } } } });
  await until(
    'the settings',
    async () => {
      const { 'retention.ms': retention, 'max.message.bytes': size } = await settingsOf(bootstrap, topicName(channel));
      if (retention === wanted['retention.ms'] && size === wanted['max.message.bytes']) return true;
      throw new Error(`retention.ms is ${retention}, max.message.bytes ${size}`);
    },
    { timeoutMs: 30_000 },
  );
}, 60_000);

describe('K9: why a subscriber receives nothing is seen at once', () => {
  const named = (name: string): { namespace: string; name: string } => ({ namespace, name });
  const causes = [
    { name: 'paused', spec: { dispatcher: { replicas: 0 } }, want: { LAG: '3', MEMBERS: '0' } },
    { name: 'refusing', spec: { delivery: { retry: 100, backoffPolicy: 'linear', backoffDelay: 'PT10S' } }, want: { LAG: '3', MEMBERS: '1' } },
    { name: 'unschedulable', spec: { dispatcher: { resources: { requests: { cpu: '1000' } } } }, want: { LAG: '3', MEMBERS: '0' } },
  ];
  const told = [
    { name: 'unconfigured', spec: { kafkaSecret: 'none' }, ready: 'False', message: 'no Secret "none"' },
    { name: 'topic-refused', spec: { replicationFactor: 9 }, ready: 'Unknown', message: `waiting for KafkaTopic "${topicObjectName(named('topic-refused'))}" to be Ready` },
    { name: 'sinkless', spec: { delivery: { deadLetterSink: { ref: { apiVersion: 'flows.knative.dev/v1', kind: 'Sequence', name: 'dead' } } } }, ready: 'False', message: 'delivery.deadLetterSink.uri' },
  ];

  beforeAll(async () => {
    const subscribers = [subscriber(channel, 'nobody')];
    await kubernetes.apply([...causes.map(({ name, spec }) => channelWith(named(name), { numPartitions: 1, subscribers, ...spec })), ...told.map(({ name, spec }) => channelWith(named(name), { numPartitions: 1, subscribers, ...spec }))]);
    for (const { name } of causes) {
      await whenReady(kubernetes, named(name));
      expect(await sendFromPod(kubernetes, billing, addressOf(named(name)), ['1', '2', '3'])).toEqual([202, 202, 202]);
    }
  }, 120_000);

  afterAll(async () => {
    await kubernetes.run('delete', 'kafkachannels', ...[...causes, ...told].map(({ name }) => name), '-n', namespace, '--timeout=60s');
  }, 90_000);

  // Members and lag are measured once a minute.
  test.each(causes)('the channel is $name: the group shows $want', async ({ name, want }) => {
    await until(
      'lag and members',
      async () => {
        const { lines } = await tableOf(kubernetes, 'kafkaconsumergroups', systemNamespace, '-o', 'wide');
        const line = lines.find(({ CHANNEL }) => CHANNEL === `${namespace}/${name}`);
        if (line?.['LAG'] === want.LAG && line['MEMBERS'] === want.MEMBERS) return true;
        throw new Error(JSON.stringify(line));
      },
      { timeoutMs: 200_000, intervalMs: 1000 },
    );
  }, 210_000);

  test.each(told)('the channel is $name: the subscriber\'s own status says so', async ({ name, ready, message }) => {
    const statusOf = ({ status }: KubernetesObject): KafkaChannel['status'] => status as KafkaChannel['status'];
    const seen = await kubernetes.when('kafkachannels', name, namespace, (object) => (statusOf(object).subscribers ?? []).some((each) => each.message?.includes(message)));
    expect(statusOf(seen).subscribers).toEqual([expect.objectContaining({ ready })]);
  }, 90_000);
});

test('no object is larger than 256 KiB', async () => {
  const objects = await kubernetes.listAll('kafkachannels,kafkatopics.knative-kafka.io,kafkaconsumergroups,deployments,configmaps,services,poddisruptionbudgets');
  expect(objects.length).toBeGreaterThan(10);
  expect(objects.filter((object) => JSON.stringify(object).length > 256 * 1024).map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([]);
}, 30_000);

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
  expect(await refusals(kubernetes)).toEqual([]);
}, 30_000);

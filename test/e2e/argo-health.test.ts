import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { dispatcherName, groupId, kafkaApiVersion, topicObjectName } from '../../contract/names.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import type { Health } from '../support/argo-health.ts';
import { healthOf, keepAsTestdata } from './argo.ts';
import { askBroker } from './broker.ts';
import { channelWith, subscriber, whenReady } from './channels.ts';
import { until } from './cluster/wait.ts';
import { installed } from './installed.ts';
import { knativeDefinitions } from './knative/definitions.ts';
import type { Kubernetes } from './kubernetes.ts';
import { startSubscribers } from './subscribers.ts';
import { kafkaAddress, kafkaSecret, restrictedNamespace, secretOfKafka, systemNamespace } from './system.ts';

const namespace = 'health';
const bootstrap = kafkaAddress('KAFKA_BOOTSTRAP');
/** Set: what is seen becomes the testdata of components/argocd. */
const keeps = process.env['UPDATE_GOLDEN'] === '1';
let kubernetes: Kubernetes;

interface Seen {
  readonly name: string;
  readonly object: object;
  readonly health: Health['status'];
  readonly message?: string;
  readonly before?: () => Promise<unknown>;
  readonly after?: () => Promise<unknown>;
}

const channel = (name: string, spec: object, metadata: object = {}): object => {
  const object = channelWith({ namespace, name }, { numPartitions: 1, kafkaSecret, ...spec }) as { metadata: object };
  return { ...object, metadata: { ...object.metadata, ...metadata } };
};
const kafkaObject = (kind: string, name: string, spec: object, where = systemNamespace): object => ({ apiVersion: kafkaApiVersion, kind, metadata: { name, namespace: where }, spec: { kafkaSecret, ...spec } });
const topic = (name: string, spec: object = {}, where?: string): object => kafkaObject('KafkaTopic', name, { topicName: name, partitions: 1, ...spec }, where);
const group = (name: string, spec: object = {}, where?: string): object => kafkaObject('KafkaConsumerGroup', name, { group: name, topic: 'found', ...spec }, where);
const deadLetterSink = (kind: string): object => ({ delivery: { deadLetterSink: { ref: { apiVersion: kind === 'Broker' ? 'eventing.knative.dev/v1' : 'flows.knative.dev/v1', kind, name: 'dead' } } } });

/** A Deployment gives up after ten minutes; nobody waits for that here. */
function soonGivenUp(name: string): Promise<unknown> {
  const deployment = dispatcherName({ namespace, name });
  return until('the Deployment', () => kubernetes.patch('deployments', deployment, systemNamespace, { spec: { progressDeadlineSeconds: 2 } }));
}

const unschedulable = { dispatcher: { resources: { requests: { cpu: '1000' } } } };
const seen: Seen[] = [
  { name: 'ready', object: channel('ready', {}), health: 'Healthy', message: 'Ready' },
  { name: 'no-secret', object: channel('no-secret', { kafkaSecret: 'none' }), health: 'Degraded', message: 'no Secret "none"' },
  { name: 'topic-refused', object: channel('topic-refused', { replicationFactor: 9 }), health: 'Degraded' },
  { name: 'topic-not-allowed', object: channel('topic-not-allowed', { topic: { name: 'theirs' } }), health: 'Degraded', message: 'topics.allowed' },
  { name: 'paused', object: channel('paused', { dispatcher: { replicas: 0 } }), health: 'Suspended', message: 'is asked to run no pod: raise spec.dispatcher.replicas' },
  { name: 'dispatcher-starting', object: channel('dispatcher-starting', unschedulable), health: 'Healthy', message: 'no pod of Deployment' },
  { name: 'dispatcher-failed', object: channel('dispatcher-failed', unschedulable), health: 'Degraded', message: 'makes no progress: see why its pods do not start', after: () => soonGivenUp('dispatcher-failed') },
  { name: 'dead-letter-sink-pending', object: channel('dead-letter-sink-pending', deadLetterSink('Broker')), health: 'Healthy', message: 'waiting for Broker' },
  { name: 'dead-letter-sink-unresolved', object: channel('dead-letter-sink-unresolved', deadLetterSink('Sequence')), health: 'Degraded', message: 'delivery.deadLetterSink.uri' },
  {
    name: 'service-taken', object: channel('service-taken', {}), health: 'Degraded', message: 'is not this channel\'s: delete it',
    before: () => kubernetes.apply([{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'service-taken-kn-channel', namespace }, spec: { type: 'ExternalName', externalName: 'a.example' } }]),
  },
  { name: 'ready', object: topic('ready'), health: 'Healthy', message: 'Ready' },
  { name: 'found', object: topic('found'), health: 'Healthy', message: 'was there before' },
  { name: 'external', object: topic('external', { topicName: 'found', policy: 'External' }), health: 'Healthy', message: 'is used as it is' },
  { name: 'missing', object: topic('missing', { policy: 'External' }), health: 'Degraded', message: 'topic "missing" does not exist' },
  { name: 'no-secret', object: topic('no-secret', { kafkaSecret: 'none' }), health: 'Degraded', message: 'no Secret "none"' },
  { name: 'refused', object: topic('refused', { replicas: 9 }), health: 'Degraded' },
  { name: 'unreachable', object: topic('unreachable', { kafkaSecret: 'unreachable' }), health: 'Progressing', message: 'Kafka' },
  { name: 'wrong-namespace', object: topic('wrong-namespace', {}, namespace), health: 'Degraded', message: 'delete this one' },
  { name: 'ready', object: group('ready'), health: 'Healthy', message: 'Ready' },
  { name: 'waiting-for-topic', object: group('waiting-for-topic', { topic: 'nowhere', channel: `${namespace}/nowhere` }), health: 'Progressing', message: 'waiting for topic' },
  { name: 'reset-invalid', object: group('reset-invalid', { reset: { id: 'r', to: 'yesterday' } }), health: 'Degraded', message: 'give a new spec.reset.id' },
  { name: 'no-secret', object: group('no-secret', { kafkaSecret: 'none' }), health: 'Degraded', message: 'no Secret "none"' },
  { name: 'unreachable', object: group('unreachable', { kafkaSecret: 'unreachable' }), health: 'Progressing', message: 'Kafka' },
  { name: 'wrong-namespace', object: group('wrong-namespace', {}, namespace), health: 'Degraded', message: 'delete this one' },
];

const resources: Readonly<Record<string, string>> = { KafkaChannel: 'kafkachannels', KafkaTopic: 'kafkatopics.knative-kafka.io', KafkaConsumerGroup: 'kafkaconsumergroups' };
const idOf = (object: object): { kind: string; name: string; where: string } => {
  const { kind, metadata } = object as KubernetesObject;
  return { kind, name: metadata.name, where: metadata.namespace ?? '' };
};

beforeAll(async () => {
  kubernetes = await installed();
  await askBroker(bootstrap, (admin) => admin.createTopics({ topics: [{ topic: 'found', numPartitions: 1, replicationFactor: 1 }], waitForLeaders: true }));
  await kubernetes.apply([restrictedNamespace(namespace), secretOfKafka('unreachable', `${kubernetes.cluster.hostAddress}:1`), ...knativeDefinitions()]);
}, 300_000);

afterAll(async () => {
  for (const object of [...seen.map((each) => each.object), ...['KafkaTopic', 'KafkaConsumerGroup'].map((kind) => kafkaObject(kind, 'fresh', {}))]) {
    const { kind, name, where } = idOf(object);
    await kubernetes.run('delete', resources[kind] ?? '', name, '-n', where, '--ignore-not-found', '--wait=false');
  }
  await kubernetes.run('delete', 'namespace', namespace, '--timeout=60s');
  await kubernetes.run('delete', 'secret', 'unreachable', '-n', systemNamespace);
}, 240_000);

/** Waits until Argo CD would show an object so. */
async function shown({ name, object, health, message = '' }: Seen): Promise<void> {
  const { kind, name: objectName, where } = idOf(object);
  const live = await until(
    `${kind} ${objectName} ${health}`,
    async () => {
      const found = await kubernetes.get(resources[kind] ?? '', objectName, where);
      if (!found) throw new Error('it does not exist');
      const said = await healthOf(found);
      if (said.status === health && said.message.includes(message)) return found;
      throw new Error(JSON.stringify(said));
    },
    { timeoutMs: 90_000 },
  );
  if (keeps) await keepAsTestdata(name, live);
}

describe('A2, A3: of what is in the cluster, Argo CD shows', () => {
  test.each(seen.map((each) => ({ ...each, ...idOf(each.object), title: each.name })))('$kind $title as $health', async ({ title, before, after, object, health, message }) => {
    await before?.();
    await kubernetes.apply([object]);
    await after?.();
    await shown({ name: title, object, health, ...(message !== undefined && { message }) });
  }, 120_000);
});

describe('A3: while no hook answers, Argo CD shows as Progressing', () => {
  const hold = { metadata: { finalizers: ['health.example/hold'] } };
  const ready = seen.filter(({ name }) => name === 'ready');
  const waiting = 'Waiting for the last change to be looked at';
  const changes: Readonly<Record<string, object>> = { KafkaChannel: { retentionDuration: 'PT1H' }, KafkaTopic: { config: { 'retention.ms': '1' } }, KafkaConsumerGroup: { reset: { id: 'later', to: 'latest' } } };
  const hooks = async (replicas: number): Promise<void> => {
    await kubernetes.run('scale', 'deployment/kafka-channel-hooks', '-n', systemNamespace, `--replicas=${replicas}`);
    await until(`${replicas} hooks`, async () => ((await kubernetes.list('pods', systemNamespace, 'app.kubernetes.io/component=hooks')).length === replicas ? true : undefined));
  };

  beforeAll(() => hooks(0), 90_000);
  afterAll(async () => {
    await kubernetes.patch('kafkachannels', 'ready', namespace, { metadata: { finalizers: null } });
    await hooks(2);
    await kubernetes.rolledOut('kafka-channel-hooks', systemNamespace);
  }, 120_000);

  test.each([['KafkaChannel', channel('fresh', {})], ['KafkaTopic', topic('fresh')], ['KafkaConsumerGroup', group('fresh')]])('a fresh %s', async (_kind, object) => {
    await kubernetes.apply([object]);
    await shown({ name: 'fresh', object, health: 'Progressing', message: 'to be looked at' });
  }, 60_000);

  test.each(ready.map((each) => ({ ...each, ...idOf(each.object) })))('a changed $kind', async ({ kind, name, where, object }) => {
    await kubernetes.patch(resources[kind] ?? '', name, where, { spec: changes[kind] });
    await shown({ name: 'changed', object, health: 'Progressing', message: waiting });
  }, 60_000);

  test.each(ready.map((each) => ({ ...each, ...idOf(each.object) })))('a $kind that is being deleted', async ({ kind, name, where, object }) => {
    // Topics and groups have a finalizer anyway.
    if (kind === 'KafkaChannel') await kubernetes.patch('kafkachannels', name, where, hold);
    await kubernetes.run('delete', resources[kind] ?? '', name, '-n', where, '--wait=false');
    await shown({ name: 'deleting', object, health: 'Progressing', message: 'Being deleted' });
  }, 60_000);
});

describe('A4: a channel, its topic and its group are never Degraded', () => {
  const key = { namespace, name: 'watched' };
  const watched = [
    ['kafkachannels', key.name, namespace],
    ['kafkatopics.knative-kafka.io', topicObjectName(key), systemNamespace],
    ['kafkaconsumergroups', groupId(key, subscriber(key, 'billing').uid), systemNamespace],
  ] as const;

  /** What Argo CD shows of them while something goes on, looked at again and again, and once more when it is over. */
  async function shownWhile(work: () => Promise<unknown>): Promise<string[]> {
    const ending = { ended: false };
    const seenHealth: string[] = [];
    const working = work().finally(() => (ending.ended = true));
    for (let isOver = false; !isOver; ) {
      isOver = ending.ended;
      const objects = await Promise.all(watched.map(([resource, name, where]) => kubernetes.get(resource, name, where)));
      for (const object of objects) if (object) seenHealth.push((await healthOf(object)).status);
    }
    await working;
    return seenHealth;
  }

  const scaled = async (replicas: number): Promise<void> => {
    await kubernetes.patch('kafkachannels', key.name, namespace, { spec: { dispatcher: { replicas } } });
    await kubernetes.when('deployments', dispatcherName(key), systemNamespace, ({ spec }) => (spec as { replicas: number }).replicas === replicas);
    await kubernetes.rolledOut(dispatcherName(key), systemNamespace);
  };

  test.each([
    ['while it is made', async () => {
      await startSubscribers(kubernetes, namespace, 'billing');
      await kubernetes.apply([channelWith(key, { numPartitions: 3, kafkaSecret, subscribers: [subscriber(key, 'billing')] })]);
      await whenReady(kubernetes, key);
    }],
    ['while its dispatcher is rolled out', async () => {
      await kubernetes.run('rollout', 'restart', `deployment/${dispatcherName(key)}`, '-n', systemNamespace);
      await kubernetes.rolledOut(dispatcherName(key), systemNamespace);
    }],
    ['while it is scaled from one to three', () => scaled(3)],
    ['while it is scaled back', () => scaled(1)],
  ] as const)('%s', async (_when, work) => {
    const health = await shownWhile(work);
    expect(health.length).toBeGreaterThan(3);
    expect(health).not.toContain('Degraded');
    expect(await healthOf(await kubernetes.when('kafkachannels', key.name, namespace, ({ status }) => JSON.stringify(status).includes('DispatcherReady')))).toMatchObject({ status: 'Healthy' });
  }, 180_000);
});

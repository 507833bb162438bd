import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { groupId, receiverName, topicName, topicObjectName } from '../../contract/names.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { groupsOf, topicsOf } from './broker.ts';
import { addressOf, channelWith, whenReady } from './channels.ts';
import { until } from './cluster/wait.ts';
import { sendFromPod } from './events.ts';
import { installed } from './installed.ts';
import type { ClusterKafka } from './kafka.ts';
import { startClusterKafka } from './kafka.ts';
import type { Kubernetes } from './kubernetes.ts';
import { refusals } from './metacontroller/refusals.ts';
import { Sink } from './sink.ts';
import { kafkaAddress, kafkaSecret, restrictedNamespace, secretOfKafka, systemNamespace } from './system.ts';

let kubernetes: Kubernetes;
const bootstrap = kafkaAddress('KAFKA_BOOTSTRAP');

beforeAll(async () => {
  kubernetes = await installed();
}, 300_000);

function readyOf({ status }: KubernetesObject): { reason: string; message: string } | undefined {
  const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; reason: string; message: string }[] };
  return conditions.find(({ type }) => type === 'Ready');
}

const limitMs = 60_000;
const cases = [
  { when: 'Kafka is up', namespace: 'gone-up', secret: kafkaSecret, spec: {}, leaves: false },
  { when: 'Kafka is down', namespace: 'gone-down', secret: 'kafka-down', spec: {}, leaves: true },
  { when: 'the Secret was deleted first', namespace: 'gone-secret', secret: 'kafka-gone', spec: {}, leaves: true },
  { when: 'the data plane is at zero replicas', namespace: 'gone-zero', secret: kafkaSecret, spec: { dispatcher: { replicas: 0 } }, leaves: false },
] as const;

describe('a namespace with a channel is gone within 60 s where', () => {
  let down: ClusterKafka | undefined;
  let deletedAt = 0;
  const receivers = async (count: number): Promise<void> => {
    await kubernetes.run('set', 'env', 'deployment/kafka-channel-hooks', '-n', systemNamespace, `RECEIVER_REPLICAS=${count}`);
    await kubernetes.rolledOut('kafka-channel-hooks', systemNamespace);
    // A change of the Secret calls its hook, which a hooks pod that is going may still answer.
    await until(
      `${count} receivers`,
      async () => {
        await kubernetes.run('annotate', 'secret', kafkaSecret, '-n', systemNamespace, `touched=${Date.now()}`, '--overwrite');
        const { replicas } = (await kubernetes.get('deployments', receiverName(kafkaSecret), systemNamespace))?.['spec'] as { replicas: number };
        return replicas === count ? true : undefined;
      },
      { intervalMs: 1000 },
    );
  };
  const subscriber = (namespace: string): object => ({ uid: `uid-${namespace}`, name: 'nobody', generation: 1, subscriberUri: `http://nobody.${namespace}.svc.cluster.local` });

  beforeAll(async () => {
    down = await startClusterKafka(kubernetes.cluster.hostAddress, () => undefined);
    await kubernetes.apply([secretOfKafka('kafka-down', down.podBootstrap), secretOfKafka('kafka-gone', kafkaAddress('KAFKA_POD_BOOTSTRAP'))]);
    await kubernetes.apply(cases.map(({ namespace }) => restrictedNamespace(namespace)));
    await kubernetes.apply(cases.map(({ namespace, secret, spec }) => channelWith({ namespace, name: 'c' }, { numPartitions: 3, kafkaSecret: secret, subscribers: [subscriber(namespace)], ...spec })));
    for (const { namespace } of cases) await whenReady(kubernetes, { namespace, name: 'c' });
    await receivers(0);
    await down.stop();
    await kubernetes.run('delete', 'secret', 'kafka-gone', '-n', systemNamespace);
    deletedAt = Date.now();
    await kubernetes.run('delete', 'namespace', ...cases.map(({ namespace }) => namespace), '--wait=false');
  }, 300_000);

  afterAll(async () => {
    await kubernetes.run('delete', 'secret', 'kafka-down', 'kafka-gone', '-n', systemNamespace, '--ignore-not-found');
    await receivers(2);
    await kubernetes.rolledOut(receiverName(kafkaSecret), systemNamespace);
    await kubernetes.gone('deployments', receiverName('kafka-down'), systemNamespace);
  }, 180_000);

  const left = (): { timeoutMs: number } => ({ timeoutMs: Math.max(0, deletedAt + limitMs - Date.now()) });

  test('until it is let go, a condition names each topic and group that would be left on Kafka', async () => {
    const objects = cases.filter(({ leaves }) => leaves).flatMap(({ namespace }) => {
      const [key, group] = [{ namespace, name: 'c' }, groupId({ namespace, name: 'c' }, `uid-${namespace}`)];
      return [['kafkatopics.knative-kafka.io', topicObjectName(key), topicName(key)], ['kafkaconsumergroups', group, group]] as const;
    });
    const messages = objects.map(async ([resource, name]) => readyOf(await kubernetes.when(resource, name, systemNamespace, (object) => readyOf(object)?.reason === 'Deleting', left()))?.message);
    expect(await Promise.all(messages)).toEqual(objects.map(([, , onKafka]) => expect.stringContaining(`"${onKafka}" is not deleted yet, and is left behind if this lasts: `)));
  }, limitMs + 10_000);

  test.each(cases)('$when: the namespace', async ({ namespace }) => {
    await kubernetes.gone('namespace', namespace, undefined, left());
  }, limitMs + 10_000);

  test.each(cases)('$when: what ran for it in the system namespace', async ({ namespace }) => {
    const resources = 'kafkatopics.knative-kafka.io,kafkaconsumergroups,deployments,configmaps';
    await until(
      'no object',
      async () => {
        const objects = await kubernetes.list(resources, systemNamespace, `knative-kafka.io/channel-namespace=${namespace}`);
        if (objects.length === 0) return true;
        throw new Error(objects.map(({ kind, metadata, status }) => `${kind} ${metadata.name} ${JSON.stringify(status)}`).join('; ').slice(0, 1500));
      },
      left(),
    );
  }, limitMs + 10_000);

  test.each(cases)('$when: what is on Kafka goes where it can be reached, and is named in the log where not', async ({ namespace, leaves }) => {
    const key = { namespace, name: 'c' };
    const [topic, group] = [topicName(key), groupId(key, `uid-${namespace}`)];
    const logs = await kubernetes.run('logs', '-n', systemNamespace, '-l', 'app.kubernetes.io/component=hooks', '--tail=-1');
    for (const name of [topic, group]) expect([name, logs.split('\n').some((line) => line.includes('left a') && line.includes(`"${name}"`))]).toEqual([name, leaves]);
    if (leaves) return;
    expect(await topicsOf(bootstrap)).not.toContain(topic);
    expect(await groupsOf(bootstrap)).not.toContain(group);
  }, 30_000);
});

describe('a subscriber that hangs', () => {
  const channel = { namespace: 'hanging', name: 'orders' };
  let sink: Sink;

  beforeAll(async () => {
    await kubernetes.apply([restrictedNamespace(channel.namespace)]);
    sink = await Sink.start(kubernetes, channel.namespace);
    const hanging = { uid: 'uid-hanging', name: 'hanging', generation: 1, subscriberUri: sink.url('/hang/orders') };
    await kubernetes.apply([channelWith(channel, { numPartitions: 3, subscribers: [hanging] })]);
    await whenReady(kubernetes, channel);
    await sendFromPod(kubernetes, sink.pod, addressOf(channel), ['hang-1', 'hang-2', 'hang-3']);
    await sink.received('/hang/orders', 1);
  }, 240_000);

  test('holds the deletion of its group up for no more than 30 s', async () => {
    const group = groupId(channel, 'uid-hanging');
    expect(await groupsOf(bootstrap)).toContain(group);
    await kubernetes.patch('kafkachannels', channel.name, channel.namespace, { spec: { subscribers: [] } });
    await until('group gone from the broker', async () => ((await groupsOf(bootstrap)).includes(group) ? undefined : true), { timeoutMs: 30_000 });
    await kubernetes.gone('kafkaconsumergroups', group, systemNamespace);
    await kubernetes.run('delete', 'namespace', channel.namespace, '--timeout=60s');
  }, 180_000);
});

test('O6: Metacontroller was refused nothing by its narrowed role', async () => {
  expect(await refusals(kubernetes)).toEqual([]);
}, 30_000);

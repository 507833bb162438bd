import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { dispatcherName, receiverName } from '../../contract/names.ts';
import { addressOf, channelWith, whenReady } from './channels.ts';
import { until } from './cluster/wait.ts';
import { sendFromPod } from './events.ts';
import { installed } from './installed.ts';
import type { Kubernetes } from './kubernetes.ts';
import { Sink } from './sink.ts';
import { kafkaSecret, restrictedNamespace, systemNamespace } from './system.ts';

const namespace = 'independent';
const [channel, neighbour] = ['orders', 'neighbour'].map((name) => ({ namespace, name })) as [{ namespace: string; name: string }, { namespace: string; name: string }];
let kubernetes: Kubernetes;
let sink: Sink;

beforeAll(async () => {
  kubernetes = await installed();
  await kubernetes.apply([restrictedNamespace(namespace)]);
  sink = await Sink.start(kubernetes, namespace);
  await kubernetes.apply([channel, neighbour].map((key) => channelWith(key, { numPartitions: 3, subscribers: [subscriberOf(key.name, key.name)] })));
  for (const key of [channel, neighbour]) {
    await whenReady(kubernetes, key);
    await kubernetes.rolledOut(dispatcherName(key), systemNamespace);
  }
}, 300_000);

afterAll(async () => {
  await kubernetes.run('delete', 'namespace', namespace, '--timeout=60s');
}, 90_000);

function subscriberOf(channelName: string, path: string): object {
  return { uid: `uid-${channelName}-${path}`, name: path, generation: 1, subscriberUri: sink.url(`/${path}`) };
}

async function flows(id: string): Promise<void> {
  expect(await sendFromPod(kubernetes, sink.pod, addressOf(channel), [id])).toEqual([202]);
  await sink.receivedWhere(`/${channel.name}`, ({ headers }) => headers['ce-id'] === id, 1, { timeoutMs: 90_000 });
}

describe('events flow', () => {
  describe('with neither hooks nor Metacontroller', () => {
    beforeAll(async () => {
      await kubernetes.run('scale', 'statefulset/metacontroller', '-n', 'metacontroller', '--replicas=0');
      await kubernetes.run('scale', 'deployment/kafka-channel-hooks', '-n', systemNamespace, '--replicas=0');
      await until('no pod of them', async () => {
        const pods = [...(await kubernetes.list('pods', 'metacontroller')), ...(await kubernetes.list('pods', systemNamespace, 'app.kubernetes.io/component=hooks'))];
        return pods.length === 0 ? true : undefined;
      });
    }, 120_000);

    afterAll(async () => {
      await kubernetes.run('scale', 'deployment/kafka-channel-hooks', '-n', systemNamespace, '--replicas=2');
      await kubernetes.run('scale', 'statefulset/metacontroller', '-n', 'metacontroller', '--replicas=1');
      await kubernetes.rolledOut('kafka-channel-hooks', systemNamespace);
      await kubernetes.run('rollout', 'status', 'statefulset/metacontroller', '-n', 'metacontroller', '--timeout=90s');
    }, 180_000);

    test('through the pods that are there', async () => {
      await flows('alone-1');
    }, 120_000);

    test('through the data plane restarted', async () => {
      const deployments = [receiverName(kafkaSecret), dispatcherName(channel)];
      await kubernetes.run('rollout', 'restart', '-n', systemNamespace, ...deployments.map((name) => `deployment/${name}`));
      for (const name of deployments) await kubernetes.rolledOut(name, systemNamespace);
      await flows('alone-2');
    }, 240_000);
  });

  test('and changes are made again once they are back', async () => {
    await kubernetes.patch('kafkachannels', channel.name, namespace, { spec: { numPartitions: 4 } });
    await whenReady(kubernetes, channel);
    await flows('back-1');
  }, 180_000);
});

describe('one channel\'s change', () => {
  async function stateOfNeighbour(): Promise<object> {
    const pods = await kubernetes.list('pods', systemNamespace, `knative-kafka.io/channel=${neighbour.name}`);
    const receivers = await kubernetes.list('pods', systemNamespace, 'app.kubernetes.io/component=receiver');
    const running = [...pods, ...receivers].map(({ metadata, status }) => [metadata.uid, (status as { containerStatuses: { restartCount: number }[] }).containerStatuses.map(({ restartCount }) => restartCount)]);
    return { running, rebalances: await rebalancesOf(pods[0]?.metadata.name ?? '') };
  }

  async function rebalancesOf(pod: string): Promise<number> {
    const metrics = await kubernetes.run('get', '--raw', `/api/v1/namespaces/${systemNamespace}/pods/${pod}:9090/proxy/metrics`);
    return Number(/^kafkachannel_rebalances_total\{.*\} (\d+)$/m.exec(metrics)?.[1]);
  }

  test('restarts no pod of another, of the receiver or of its own, and rebalances no other group', async () => {
    const own = async (): Promise<unknown> => (await kubernetes.list('pods', systemNamespace, `knative-kafka.io/channel=${channel.name}`)).map(({ metadata }) => metadata.uid);
    await until('the neighbour has its partitions', async () => ((await rebalancesOf((await kubernetes.list('pods', systemNamespace, `knative-kafka.io/channel=${neighbour.name}`))[0]?.metadata.name ?? '')) > 0 ? true : undefined));
    const [before, ownBefore] = [await stateOfNeighbour(), await own()];
    await kubernetes.patch('kafkachannels', channel.name, namespace, { spec: { subscribers: [subscriberOf(channel.name, channel.name), subscriberOf(channel.name, 'added')], delivery: { retry: 2 } } });
    await whenReady(kubernetes, channel);
    expect(await sendFromPod(kubernetes, sink.pod, addressOf(channel), ['added-1'])).toEqual([202]);
    await sink.received('/added', 1);
    expect(await stateOfNeighbour()).toEqual(before);
    expect(await own()).toEqual(ownBefore);
  }, 180_000);
});

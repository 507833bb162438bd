import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { writeCounts, writesBetween } from '../../bench/controlplane/write-counts.ts';
import { annotation, dispatcherName, receiverName } from '../../contract/names.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { shellBlocks } from '../support/readme.ts';
import { channelWith, kafkaChannel, whenReady } from './channels.ts';
import { projectFolder } from './cluster/folders.ts';
import { until } from './cluster/wait.ts';
import { hookRequests } from './hook-requests.ts';
import { installed } from './installed.ts';
import type { Kubernetes } from './kubernetes.ts';
import { refusals } from './metacontroller/refusals.ts';
import { restartMetacontroller } from './metacontroller/restart.ts';
import { renderOperator } from './overlay.ts';
import { kafkaSecret, restrictedNamespace, systemNamespace } from './system.ts';

const namespace = 'scaled';
const channel = { namespace, name: 'orders' };
const fixed = { namespace, name: 'fixed' };
const receiver = receiverName(kafkaSecret);
const dispatcher = dispatcherName(channel);
let kubernetes: Kubernetes;

const replicasOf = ({ spec }: KubernetesObject): number => (spec as { replicas: number }).replicas;

/** Makes the hooks those of an overlay, and has them asked anew: they are asked by themselves within five minutes. */
async function operatorWith(...components: string[]): Promise<void> {
  await kubernetes.apply(await renderOperator(kubernetes, ...components.map((name) => `components/${name}`)));
  await kubernetes.rolledOut('kafka-channel-hooks', systemNamespace);
  const asked = String(Date.now());
  await kubernetes.run('annotate', '--overwrite', 'secret', kafkaSecret, '-n', systemNamespace, `asked=${asked}`);
  await kubernetes.run('annotate', '--overwrite', 'namespace', namespace, `asked=${asked}`);
}

/** Fewest and most replicas. */
async function bounds(name: string, wanted: readonly [number, number]): Promise<void> {
  await kubernetes.when('hpa', name, systemNamespace, ({ spec }) => {
    const { minReplicas, maxReplicas } = spec as { minReplicas: number; maxReplicas: number };
    return minReplicas === wanted[0] && maxReplicas === wanted[1];
  });
}

/** Numbers to which ReplicaSets of a Deployment were scaled down, as its events tell. */
async function scaledDownTo(deployment: string): Promise<number[]> {
  const events = (await kubernetes.list('events', systemNamespace)) as unknown as { involvedObject: { name: string }; reason: string; message: string }[];
  const messages = events.filter(({ involvedObject, reason }) => involvedObject.name === deployment && reason === 'ScalingReplicaSet').map(({ message }) => message);
  return messages.flatMap((message) => [...message.matchAll(/^Scaled down replica set \S+ from \d+ to (\d+)/g)].map(([, number]) => Number(number)));
}

beforeAll(async () => {
  kubernetes = await installed();
  await kubernetes.apply([restrictedNamespace(namespace), kafkaChannel(channel), channelWith(fixed, { numPartitions: 3, dispatcher: { replicas: 1 } })]);
  for (const each of [channel, fixed]) await whenReady(kubernetes, each);
  await kubernetes.rolledOut(receiver, systemNamespace);
}, 300_000);

afterAll(async () => {
  await kubernetes.run('delete', 'namespace', namespace, '--timeout=60s');
  await restartMetacontroller(kubernetes);
}, 180_000);

describe.each(['dynamic-apply', 'server-side-apply'])('the component autoscaling, with %s', (strategy) => {
  beforeAll(async () => {
    await restartMetacontroller(kubernetes, `--apply-strategy=${strategy}`);
    await kubernetes.run('delete', 'events', '--all', '-n', systemNamespace);
    await operatorWith('autoscaling');
  }, 240_000);

  test('R16.2: gives each receiver and each dispatcher an autoscaler, a dispatcher with no more replicas than partitions, and none where the channel says how many', async () => {
    await bounds(receiver, [2, 10]);
    await bounds(dispatcher, [1, 3]);
    await kubernetes.when('deployments', dispatcherName(fixed), systemNamespace, (object) => replicasOf(object) === 1);
    expect((await kubernetes.list('hpa', systemNamespace)).map(({ metadata }) => metadata.name).sort()).toEqual([receiver, dispatcher].sort());
  }, 120_000);

  test('takes no receiver away when it comes', async () => {
    // The autoscaler has looked once.
    await kubernetes.when('hpa', receiver, systemNamespace, ({ status }) => (status as { currentReplicas?: number }).currentReplicas === 2, { timeoutMs: 60_000 });
    expect(replicasOf((await kubernetes.get('deployments', receiver, systemNamespace)) as KubernetesObject)).toBe(2);
    expect((await scaledDownTo(receiver)).filter((number) => number < 2)).toEqual([]);
  }, 90_000);

  test('leaves the number of replicas to whoever scales, while what else is changed by hand is undone', async () => {
    for (const name of [receiver, dispatcher]) {
      await kubernetes.run('scale', `deployment/${name}`, '-n', systemNamespace, '--replicas=3');
      await kubernetes.patch('deployments', name, systemNamespace, { spec: { template: { spec: { terminationGracePeriodSeconds: 1 } } } });
      const after = await kubernetes.when('deployments', name, systemNamespace, ({ spec }) => (spec as { template: { spec: { terminationGracePeriodSeconds: number } } }).template.spec.terminationGracePeriodSeconds === 35);
      expect({ name, replicas: replicasOf(after) }).toEqual({ name, replicas: 3 });
    }
  }, 120_000);

  test('has the autoscaler keep a dispatcher within its bounds, and nobody undoes that', async () => {
    await kubernetes.run('scale', `deployment/${dispatcher}`, '-n', systemNamespace, '--replicas=4');
    await kubernetes.when('deployments', dispatcher, systemNamespace, (object) => replicasOf(object) === 3, { timeoutMs: 60_000 });
    await kubernetes.run('annotate', '--overwrite', 'namespace', namespace, `asked=${Date.now()}`);
    await kubernetes.run('annotate', '--overwrite', 'deployment', dispatcher, '-n', systemNamespace, `${annotation.autoscaler}={}`);
    await kubernetes.when('deployments', dispatcher, systemNamespace, ({ metadata }) => metadata.annotations?.[annotation.autoscaler] !== '{}', { timeoutMs: 60_000 });
    expect(replicasOf((await kubernetes.get('deployments', dispatcher, systemNamespace)) as KubernetesObject)).toBe(3);
    await bounds(dispatcher, [1, 3]);
  }, 150_000);

  test('K6: comes to rest: nothing is written, but what Kubernetes tells of the metrics that this cluster lacks', async () => {
    await until(
      'no write in twenty seconds, in which an autoscaler is looked at once',
      async () => {
        const before = await writes();
        await delay(20_000);
        const made = Object.fromEntries(writesBetween(before, await writes()));
        if (Object.keys(made).length === 0) return true;
        throw new Error(JSON.stringify(made));
      },
      { timeoutMs: 120_000 },
    );
  }, 180_000);

  test('K6: what Kubernetes writes into the status of an autoscaler has the hooks asked about that Deployment, and about nothing else', async () => {
    for (const name of [receiver, dispatcher]) await kubernetes.rolledOut(name, systemNamespace);
    const before = await quietRequests();
    const parents = { namespace: (await kubernetes.listAll('namespaces')).length, secret: 1 };
    const enough = 2 * parents.namespace;
    let written = 0;
    const after = await until('the hook of Deployments to be asked', async () => {
      written += 1;
      await kubernetes.patch('hpa', dispatcher, systemNamespace, { status: { desiredReplicas: 10 + (written % 7) } }, '--subresource=status');
      const now = await hookRequests(kubernetes);
      if ((now['deployment'] ?? 0) - (before['deployment'] ?? 0) > enough) return now;
      throw new Error(`after ${written} writes: ${JSON.stringify(now)}`);
    });
    // Their resync may have come between.
    for (const [controller, most] of Object.entries(parents)) expect([controller, (after[controller] ?? 0) - (before[controller] ?? 0) <= most]).toEqual([controller, true]);
  }, 180_000);

  test('a channel that says how many has no autoscaler from then on', async () => {
    await kubernetes.patch('kafkachannels', channel.name, namespace, { spec: { dispatcher: { replicas: 1 } } });
    await kubernetes.gone('hpa', dispatcher, systemNamespace, { timeoutMs: 60_000 });
    await kubernetes.when('deployments', dispatcher, systemNamespace, (object) => replicasOf(object) === 1);
    await kubernetes.patch('kafkachannels', channel.name, namespace, { spec: { dispatcher: null } });
    await bounds(dispatcher, [1, 3]);
  }, 150_000);

  test('O6: Metacontroller was refused nothing by its narrowed role and that of the component', async () => {
    expect(await refusals(kubernetes)).toEqual([]);
  }, 30_000);

  test('goes as docs/operations.md has it, with all that it made, and receivers are as many as before', async () => {
    await operatorWith();
    for (const name of [receiver, dispatcher]) await kubernetes.gone('hpa', name, systemNamespace, { timeoutMs: 60_000 });
    await kubernetes.when('deployments', receiver, systemNamespace, (object) => replicasOf(object) === 2 && object.metadata.annotations?.[annotation.autoscaler] === undefined);
    const [commands] = shellBlocks(join(projectFolder, 'docs', 'operations.md')).filter(({ section }) => section === 'Autoscaling');
    for (const command of commands?.commands ?? []) await kubernetes.shell(command.replaceAll('knative-eventing', systemNamespace));
    for (const resource of ['decoratorcontrollers', 'clusterroles', 'clusterrolebindings', 'configmaps', 'hpa']) {
      expect((await kubernetes.listAll(resource)).filter(({ metadata }) => /kafka.*autoscal/.test(metadata.name)).map(({ metadata }) => metadata.name)).toEqual([]);
    }
  }, 240_000);
});

/** Of everything but the node, which says every few minutes that it is there, and events. */
async function writes(): Promise<Map<string, number>> {
  const counts = writeCounts(await kubernetes.run('get', '--raw', '/metrics'));
  for (const resource of ['nodes', 'events']) counts.delete(resource);
  return counts;
}

/** When no hook but those that look at Kafka was asked for five seconds. */
async function quietRequests(): Promise<Record<string, number>> {
  const watched = (requests: Record<string, number>): string => JSON.stringify(['namespace', 'secret', 'kafkachannel', 'deployment'].map((controller) => requests[controller]));
  let last = await hookRequests(kubernetes);
  return await until(
    'the hooks to be left alone',
    async () => {
      const now = await hookRequests(kubernetes);
      const quiet = watched(now) === watched(last);
      last = now;
      if (quiet) return now;
      throw new Error(JSON.stringify(now));
    },
    { timeoutMs: 60_000, intervalMs: 5000 },
  );
}

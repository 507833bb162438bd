import { beforeAll, describe, expect, test } from '@jest/globals';

import { dispatcherName, receiverName } from '../../contract/names.ts';
import { shellBlocks } from '../support/readme.ts';
import { addressOf, kafkaChannel, whenReady } from './channels.ts';
import { projectFolder } from './cluster/folders.ts';
import { until } from './cluster/wait.ts';
import { received, sendFromPod } from './events.ts';
import { Kubernetes } from './kubernetes.ts';
import { renderOverlay } from './overlay.ts';
import { startSubscribers } from './subscribers.ts';
import { kafkaAddress, kafkaSecret, prepareSystem, restrictedNamespace, systemNamespace } from './system.ts';

const elsewhere = 'events';
const channel = { namespace: 'elsewhere', name: 'orders' };
let kubernetes: Kubernetes;

beforeAll(async () => {
  kubernetes = await Kubernetes.connect();
  await kubernetes.apply([restrictedNamespace(channel.namespace)]);
}, 60_000);

/** As the README says: what the hooks clean up first, then the operator. */
test('the operator is removed without leaving anything behind', async () => {
  for (const resource of ['kafkachannels', 'kafkatopics.knative-kafka.io', 'kafkaconsumergroups']) await kubernetes.run('delete', resource, '--all', '-A', '--timeout=60s');
  await kubernetes.run('delete', 'secret', kafkaSecret, '-n', systemNamespace);
  await kubernetes.run('delete', '-k', projectFolder, '--timeout=60s');
  await until('no pods of the operator', async () => ((await kubernetes.list('pods', systemNamespace)).length === 0 ? true : undefined));
  await kubernetes.run('delete', 'namespace', systemNamespace, '--timeout=60s');
}, 240_000);

describe('installed by an overlay into another namespace, one pod of each kind', () => {
  beforeAll(async () => {
    await prepareSystem(kubernetes, kafkaAddress('KAFKA_POD_BOOTSTRAP'), elsewhere);
    await kubernetes.apply(await renderOverlay(kubernetes, { namespace: elsewhere, components: ['components/single-replica'] }));
    await kubernetes.rolledOut('kafka-channel-hooks', elsewhere);
    // Controllers that are deleted and made again leave a running Metacontroller blind to their children.
    await kubernetes.run('rollout', 'restart', 'statefulset/metacontroller', '-n', 'metacontroller');
    await startSubscribers(kubernetes, channel.namespace, 'billing');
    await kubernetes.apply([kafkaChannel(channel, 'billing')]);
    await whenReady(kubernetes, channel);
  }, 240_000);

  test('everything runs there', async () => {
    for (const name of [receiverName(kafkaSecret), dispatcherName(channel)]) await kubernetes.rolledOut(name, elsewhere);
    expect((await kubernetes.list('pods', elsewhere)).length).toBe(3);
    expect(await kubernetes.get('namespace', systemNamespace)).toBeUndefined();
  }, 120_000);

  test('events are delivered', async () => {
    const pod = { namespace: channel.namespace, deployment: 'billing' };
    expect(await sendFromPod(kubernetes, pod, addressOf(channel), ['elsewhere-1'])).toEqual([202]);
    await received(kubernetes, pod, ['elsewhere-1']);
  }, 60_000);
});

/** The way out that docs/operations.md gives. */
test('I5: removed in the wrong order, hooks before channels, it is freed by the documented command', async () => {
  const overlay = await renderOverlay(kubernetes, { namespace: elsewhere, components: ['components/single-replica'] });
  await kubernetes.run('scale', 'deployment/kafka-channel-hooks', '-n', elsewhere, '--replicas=0');
  await until('no hooks', async () => ((await kubernetes.list('pods', elsewhere, 'app.kubernetes.io/component=hooks')).length === 0 ? true : undefined));
  await kubernetes.cluster.kubectl(['delete', '--wait=false', '-f', '-'], { input: overlay });
  const stuck = 'kafkatopics.knative-kafka.io';
  await kubernetes.when('crd', stuck, undefined, ({ metadata }) => metadata.deletionTimestamp !== undefined);
  const [command = ''] = shellBlocks('docs/operations.md').flatMap((block) => block.commands);
  expect(command).toContain('finalizers');
  await kubernetes.shell(command);
  for (const crd of [stuck, 'kafkaconsumergroups.knative-kafka.io', 'kafkachannels.messaging.knative.dev']) await kubernetes.gone('crd', crd, undefined);
  await kubernetes.run('delete', 'namespace', channel.namespace, elsewhere, '--timeout=60s');
}, 240_000);

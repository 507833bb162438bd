import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { channelServiceName, groupId } from '../../contract/names.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { shellBlocks } from '../support/readme.ts';
import { Kubernetes } from './kubernetes.ts';
import { peerInstalled } from './peer/install.ts';
import { channelService, internalDefinitions, internalObject, peerChannel } from './peer/objects.ts';
import { shippedNamespace } from './system.ts';

const channel = { namespace: 'taken-over', name: 'orders' };
const uid = '8c7e2f0a-0f1b-4d5e-9a57-2a1f7b6c3d10';
const group = groupId(channel, uid);
const spec = { numPartitions: 1, replicationFactor: 1, subscribers: [{ uid, generation: 1, subscriberUri: 'http://billing.example' }] };
/** Waits for what only Metacontroller does; takeover-events.test.ts has it. */
const needsMetacontroller = 'kubectl wait kafkachannels.messaging.knative.dev --all -A --for=condition=Ready --timeout=120s';
const commands = shellBlocks('docs/takeover.md').filter(({ section }) => section === 'Here').flatMap((block) => block.commands);
let kubernetes: Kubernetes;
let stored: KubernetesObject;

const readAs = async (version: string): Promise<KubernetesObject> =>
  JSON.parse(await kubernetes.run('get', '--raw', `/apis/messaging.knative.dev/${version}/namespaces/${channel.namespace}/kafkachannels/${channel.name}`)) as KubernetesObject;

beforeAll(async () => {
  kubernetes = await Kubernetes.connect();
  await peerInstalled(kubernetes, channel.namespace);
  await kubernetes.apply([peerChannel(channel, spec)], '--field-manager=peer');
  stored = await readAs('v1beta1');
  await kubernetes.apply([channelService(stored, channel.namespace), internalObject('ConsumerGroup', group, channel.namespace, stored)], '--field-manager=peer');
  const consumerGroup = await kubernetes.when('consumergroups.internal.kafka.eventing.knative.dev', group, channel.namespace, () => true);
  await kubernetes.apply([internalObject('Consumer', group, channel.namespace, consumerGroup)], '--field-manager=peer');
}, 240_000);

afterAll(async () => {
  // The hooks wait for a Secret that is not made here, longer with each try.
  await kubernetes.run('delete', 'deployments', 'kafka-controller', 'kafka-webhook-eventing', 'kafka-channel-hooks', '-n', shippedNamespace);
  await kubernetes.run('delete', 'crd', ...internalDefinitions.map(({ metadata }) => metadata.name), '--timeout=60s');
  await kubernetes.run('delete', 'namespace', channel.namespace, '--timeout=60s');
}, 120_000);

test('a channel that the peer has stored cannot be read as v1 without its webhook', async () => {
  await expect(readAs('v1')).rejects.toThrow('conversion webhook');
}, 60_000);

test('the commands of docs/takeover.md can be followed', async () => {
  expect(commands).toContain(needsMetacontroller);
  for (const command of commands.filter((each) => each !== needsMetacontroller)) await kubernetes.shell(command);
}, 420_000);

test('then it is the same object, in both versions, with no finalizer of the peer', async () => {
  for (const version of ['v1', 'v1beta1']) {
    const { metadata, ...object } = await readAs(version);
    expect({ uid: metadata.uid, finalizers: metadata.finalizers }).toEqual({ uid: stored.metadata.uid, finalizers: undefined });
    expect(object['spec']).toMatchObject(spec);
  }
}, 30_000);

test('and what the peer had for it in the cluster is gone', async () => {
  // The consumers go with their group, when the garbage collector comes to know of the kind.
  for (const { metadata } of internalDefinitions) await kubernetes.gone(metadata.name, group, channel.namespace, { timeoutMs: 90_000 });
  expect(await kubernetes.get('service', channelServiceName(channel.name), channel.namespace)).toBeUndefined();
  expect(await kubernetes.list('pods', shippedNamespace, 'app in (kafka-controller,kafka-channel-dispatcher)')).toEqual([]);
}, 120_000);

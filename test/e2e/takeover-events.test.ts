import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { dispatcherName, groupId, topicName } from '../../contract/names.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { shellBlocks } from '../support/readme.ts';
import { addressOf } from './channels.ts';
import { until } from './cluster/wait.ts';
import { Kubernetes } from './kubernetes.ts';
import { renderMetacontroller } from './metacontroller/install.ts';
import { PeerDataPlane } from './peer/data-plane.ts';
import { peerInstalled } from './peer/install.ts';
import { channelDefinition, channelService, internalDefinitions, peerChannel } from './peer/objects.ts';
import { deleteMetacontroller } from './removal.ts';
import { Sink } from './sink.ts';
import { SteadySender } from './steady-sender.ts';
import { kafkaAddress, prepareSystem, shippedNamespace } from './system.ts';

const channel = { namespace: 'moving', name: 'orders' };
const uid = '8c7e2f0a-0f1b-4d5e-9a57-2a1f7b6c3d10';
const counted = '/count/moving';
/** The peer's webhook is not here; with one schema, it changes nothing but the version. */
const withWebhookThatAnswers = { ...channelDefinition, spec: { ...channelDefinition.spec, conversion: { strategy: 'None' } } };
let kubernetes: Kubernetes;
let sink: Sink;
let peer: PeerDataPlane;
let sender: SteadySender;

beforeAll(async () => {
  kubernetes = await Kubernetes.connect();
  await peerInstalled(kubernetes, channel.namespace);
  sink = await Sink.start(kubernetes, channel.namespace);
  peer = await PeerDataPlane.start(kubernetes.cluster.hostAddress, { bootstrap: kafkaAddress('KAFKA_BOOTSTRAP'), topic: topicName(channel), group: groupId(channel, uid), partitions: 3 });
  const spec = { numPartitions: 3, replicationFactor: 1, subscribers: [{ uid, generation: 1, subscriberUri: sink.url(counted) }] };
  await kubernetes.apply([...peer.ingress(), peerChannel(channel, spec)], '--field-manager=peer');
  await serviceByPeer();
  sender = await SteadySender.start(kubernetes, channel.namespace, addressOf(channel));
}, 300_000);

afterAll(async () => {
  await peer.stop();
  await kubernetes.run('delete', 'crd', ...[channelDefinition, ...internalDefinitions].map(({ metadata }) => metadata.name), '--ignore-not-found', '--timeout=60s');
  await kubernetes.run('delete', 'namespace', channel.namespace, shippedNamespace, '--timeout=90s');
  await deleteMetacontroller(kubernetes);
}, 300_000);

/** As the peer's controller makes it. */
async function serviceByPeer(): Promise<void> {
  const owner = JSON.parse(await kubernetes.run('get', '--raw', `/apis/messaging.knative.dev/v1beta1/namespaces/${channel.namespace}/kafkachannels/${channel.name}`)) as KubernetesObject;
  await kubernetes.apply([channelService(owner, channel.namespace)], '--field-manager=peer');
}

/** What happens around a command, which a person does or the peer does by itself. */
interface Moment {
  readonly command: RegExp;
  readonly before?: () => Promise<unknown>;
  readonly after?: () => Promise<unknown>;
}

/** Runs the commands of a section of docs/takeover.md. */
async function follow(section: string, moments: readonly Moment[]): Promise<void> {
  const commands = shellBlocks('docs/takeover.md').filter((block) => block.section === section).flatMap((block) => block.commands);
  for (const moment of moments) expect({ moment, commands: commands.filter((each) => moment.command.test(each)) }).toMatchObject({ commands: [expect.anything()] });
  for (const command of commands) {
    const moment = moments.find((each) => each.command.test(command));
    await moment?.before?.();
    await kubernetes.shell(command);
    await moment?.after?.();
  }
}

/** Steps 1 to 3 of the README. */
async function prepared(): Promise<void> {
  await kubernetes.apply(await renderMetacontroller(kubernetes.cluster));
  await prepareSystem(kubernetes, kafkaAddress('KAFKA_POD_BOOTSTRAP'), shippedNamespace);
}

async function deliveredHere(): Promise<number> {
  return Object.keys(await sink.counts(counted)).length;
}

/** Waits until fifty events more than now are delivered. */
async function flowsOn(delivered: () => number | Promise<number>): Promise<void> {
  const before = await delivered();
  await until('fifty events more', async () => {
    const now = await delivered();
    if (now < before + 50) throw new Error(`${now - before} so far`);
    return true;
  }, { timeoutMs: 90_000 });
}

describe('while events are sent to a channel and delivered from it', () => {
  test('it is the peer that delivers', () => flowsOn(() => peer.delivered.length), 120_000);

  test('it is taken over as docs/takeover.md has it, and becomes Ready', async () => {
    await follow('Here', [
      { command: /scale statefulset kafka-channel-dispatcher/, before: () => peer.stopDispatcher() },
      { command: /^kubectl apply .* -k \.$/, before: prepared },
      { command: /delete deployment\/kafka-channel-receiver/, before: () => peer.stopReceiver() },
    ]);
    await kubernetes.rolledOut(dispatcherName(channel), shippedNamespace);
    await flowsOn(deliveredHere);
  }, 600_000);

  test('it goes back as docs/takeover.md has it', async () => {
    await follow('Back', [
      {
        command: /^kubectl delete kafkatopics/,
        async after() {
          await kubernetes.apply([withWebhookThatAnswers]);
          await peer.startReceiver(kubernetes.cluster.hostAddress);
          await kubernetes.apply(peer.ingress(), '--field-manager=peer');
          await peer.startDispatcher();
        },
      },
      { command: /kubectl delete service "/, after: serviceByPeer },
    ]);
    await flowsOn(() => peer.delivered.length);
  }, 600_000);

  test('every event that was taken is delivered once: none is lost and none is replayed', async () => {
    const { taken, unsure } = await sender.stop();
    const times = async (): Promise<(id: string) => number> => {
      const here = await sink.counts(counted);
      return (id) => (here[id] ?? 0) + peer.delivered.filter((each) => each === id).length;
    };
    await until('nothing waits', async () => {
      const delivered = await times();
      const missing = taken.filter((id) => delivered(id) === 0);
      if (missing.length > 0) throw new Error(`${missing.length} of ${taken.length} not delivered: ${missing.slice(0, 20).join(', ')}`);
      return true;
    });
    const delivered = await times();
    expect(taken.filter((id) => delivered(id) > 1 && !unsure.includes(id))).toEqual([]);
    expect(unsure.length).toBeLessThan(taken.length / 10);
  }, 120_000);
});

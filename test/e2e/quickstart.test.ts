import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

import { receiverName } from '../../contract/names.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { output } from './cluster/command.ts';
import { projectFolder } from './cluster/folders.ts';
import { until } from './cluster/wait.ts';
import { received, sendAtRate, sendFromPod } from './events.ts';
import { callHook, related } from './hook-call.ts';
import { Kubernetes } from './kubernetes.ts';
import { startSubscribers } from './subscribers.ts';
import { kafkaAddress, kafkaSecret, prepareSystem, shippedNamespace as systemNamespace } from './system.ts';

const namespace = 'default';
const example = join(projectFolder, 'examples', 'quickstart');
const subscribers = ['subscriber-a', 'subscriber-b'].map((deployment) => ({ namespace, deployment }));
const address = `http://quickstart-kn-channel.${namespace}.svc.cluster.local`;
const [from = { namespace, deployment: '' }] = subscribers;

let kubernetes: Kubernetes;
let rendered: KubernetesObject[];
let token: string;

beforeAll(async () => {
  kubernetes = await Kubernetes.connect();
  await kubernetes.run('apply', '--server-side', '-f', join(import.meta.dirname, 'metacontroller', 'stand-in', 'crds.yaml'));
  token = await prepareSystem(kubernetes, kafkaAddress('KAFKA_POD_BOOTSTRAP'), systemNamespace);
  await kubernetes.run('apply', '--server-side', '--force-conflicts', '-k', projectFolder);
  await kubernetes.rolledOut('kafka-channel-hooks', systemNamespace);
  await startSubscribers(kubernetes, namespace, ...subscribers.map(({ deployment }) => deployment));
  const yaml = await output('npm', ['run', '--silent', 'render', '--', example], { cwd: projectFolder });
  rendered = parseAllDocuments(yaml).map((document) => document.toJS() as KubernetesObject);
}, 300_000);

afterAll(async () => {
  await kubernetes.cluster.kubectl(['delete', '--ignore-not-found', '--timeout=60s', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: rendered }) });
  await kubernetes.run('delete', '-k', projectFolder, '--timeout=60s');
  await kubernetes.run('delete', 'namespace', systemNamespace, '--timeout=60s');
}, 240_000);

/** One hook call; the object with the status that the hook gives it. */
async function synced(path: string, parent: KubernetesObject, ...others: KubernetesObject[]): Promise<KubernetesObject> {
  const caller = { from, systemNamespace, token };
  const secret = await kubernetes.get('secret', kafkaSecret, systemNamespace);
  if (!secret) throw new Error(`Secret ${kafkaSecret} is gone`);
  const { status, text } = await callHook(kubernetes, caller, path, { parent, children: null, related: related(secret, ...others), finalizing: false });
  if (status !== 200) throw new Error(`${path}: ${status}: ${text}`);
  return { ...parent, ...(JSON.parse(text) as { status: object }) };
}

/** Calls a hook until it says that the object is Ready, which may take Kafka a moment. */
function realised(path: string, object: KubernetesObject, ...others: KubernetesObject[]): Promise<KubernetesObject> {
  let parent: KubernetesObject = { ...object, metadata: { ...object.metadata, uid: object.metadata.name, generation: 1 } };
  return until(`${object.kind} ${object.metadata.name} Ready`, async () => {
    parent = await synced(path, parent, ...others);
    const { conditions = [] } = (parent['status'] ?? {}) as { conditions?: { type: string; status: string; message?: string }[] };
    if (conditions.some(({ type, status }) => type === 'Ready' && status === 'True')) return parent;
    throw new Error(JSON.stringify(parent['status']));
  });
}

const ofKind = (kind: string): KubernetesObject[] => rendered.filter((object) => object.kind === kind);

describe('the hooks', () => {
  test('refuse whoever has no token', async () => {
    const answer = await callHook(kubernetes, { from, systemNamespace, token: '' }, '/kafkatopic/sync', {});
    expect(answer.status).toBe(401);
  }, 30_000);

  test('make the topic and the groups of the quick start on the broker', async () => {
    const [topic] = await Promise.all(ofKind('KafkaTopic').map((object) => realised('/kafkatopic/sync', object)));
    if (!topic) throw new Error('no KafkaTopic was rendered');
    const groups = ofKind('KafkaConsumerGroup');
    expect(groups).toHaveLength(subscribers.length);
    for (const group of groups) await realised('/kafkaconsumergroup/sync', group, topic);
  }, 120_000);
});

describe('what is rendered of the quick start', () => {
  test('runs as pods of the profile restricted', async () => {
    await kubernetes.apply(rendered);
    for (const { metadata } of ofKind('Deployment')) await kubernetes.rolledOut(metadata.name, systemNamespace);
  }, 180_000);

  test('takes an event at the address of the channel, and every subscriber receives it', async () => {
    const ids = ['quickstart-1', 'quickstart-2', 'quickstart-3'];
    expect(await sendFromPod(kubernetes, from, address, ids)).toEqual([202, 202, 202]);
    for (const pod of subscribers) expect((await received(kubernetes, pod, ids)).sort()).toEqual(ids);
  }, 90_000);

  test('has no API token and cannot write to its file system', async () => {
    const look = `const fs = await import('node:fs'); try { fs.writeFileSync('/app/x', ''); console.log('wrote'); } catch (error) { console.log(error.code, fs.existsSync('/var/run/secrets/kubernetes.io'), process.getuid()); }`;
    for (const name of ['kafka-channel-hooks', ...ofKind('Deployment').map(({ metadata }) => metadata.name)]) {
      const seen = await kubernetes.run('exec', '-n', systemNamespace, `deployment/${name}`, '--', 'node', '--input-type=module', '-e', look);
      expect({ name, seen: seen.trim() }).toEqual({ name, seen: 'EROFS false 65532' });
    }
  }, 60_000);

  test('R11.1: takes 1,000 events a second while its receiver is restarted, scaled up and scaled down: each is answered with 202, and no connection is reset', async () => {
    const [receiver] = ofKind('Deployment').map(({ metadata }) => metadata.name).filter((name) => name === receiverName(kafkaSecret));
    if (receiver === undefined) throw new Error('no receiver was rendered');
    const scale = (replicas: number): Promise<string> => kubernetes.run('scale', `deployment/${receiver}`, '-n', systemNamespace, `--replicas=${replicas}`);
    const sending = sendAtRate(kubernetes, from, address, { perSecond: 1000, seconds: 45, prefix: 'rolling-' });
    await scale(3);
    await kubernetes.rolledOut(receiver, systemNamespace);
    await kubernetes.run('rollout', 'restart', '-n', systemNamespace, `deployment/${receiver}`);
    await kubernetes.rolledOut(receiver, systemNamespace);
    await scale(1);
    const { accepted, otherwise } = await sending;
    expect([accepted.length, otherwise]).toEqual([45_000, {}]);
  }, 240_000);
});

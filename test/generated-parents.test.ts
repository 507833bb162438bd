import { describe, expect, jest, test } from '@jest/globals';

import { parseDispatcherFile } from '../contract/dispatcher-file.ts';
import { channelLabels } from '../contract/names.ts';
import { parseRoutesFile } from '../contract/routes-file.ts';
import { createLogger } from '../runtime/log.ts';
import { broken, generated, generatedName, generatedSecretData, generatedText } from './support/generated-objects.ts';
import { aSecret, frozen, groupsOf, hooksConfigForTests, systemNamespace, withReadyTopics } from './support/hook-objects.ts';
import { modelKafka } from './support/model-kafka.ts';
import { seeded } from './support/random.ts';
import type { KubernetesObject, ObjectGroups } from '../hooks/metacontroller.ts';
import { hookRoutes } from '../hooks/routes.ts';

/** The seed of a failing one is in its message. */
const parents = Number(process.env['GENERATED_PARENTS'] ?? 10_000);
jest.setTimeout(900_000);
const seeds = Array.from({ length: parents }, (_, seed) => seed);

let clock = 0;
const hooks = hookRoutes({ config: hooksConfigForTests, kafka: modelKafka(), logger: createLogger('test', 'silent'), now: () => new Date(1_795_000_000_000 + clock) });
const secret = aSecret({ 'bootstrap.servers': 'k:9092', 'topics.allowed': '*', 'topic.config.allowed': '*' });
const noneFound = { 'ConfigMap.v1': {}, 'Service.v1': {} };

interface Answer {
  readonly status?: object;
  readonly children?: KubernetesObject[];
  readonly attachments?: KubernetesObject[];
}

async function answerOf(path: string, body: object): Promise<Answer> {
  const hook = hooks.get(path);
  if (!hook) throw new Error(`no hook ${path}`);
  const answer = await hook(frozen(body));
  return JSON.parse(JSON.stringify(answer)) as Answer;
}

type Kind = 'KafkaChannel' | 'KafkaTopic' | 'KafkaConsumerGroup';

/** A stored object: for even seeds one that the schema of today allows, for odd ones one that it does not. */
function stored(kind: Kind, seed: number): KubernetesObject {
  const random = seeded(seed);
  const value = { spec: generated(kind, 'spec', random), status: generated(kind, 'status', random) };
  const parts = (seed % 2 === 0 ? value : broken(value, random)) as typeof value | null;
  const channel = kind === 'KafkaChannel';
  const metadata = { namespace: channel ? 'shop' : systemNamespace, name: `g-${seed}`, uid: `uid-${seed}`, generation: 1, labels: { a: 'b' } };
  return { apiVersion: channel ? 'messaging.knative.dev/v1' : 'knative-kafka.io/v1', kind, metadata, spec: record(parts?.spec), status: record(parts?.status) };
}

/** The API server keeps objects at these two places, whatever their schema. */
function record(value: unknown): object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

/** The same objects, last first. */
function reversed(groups: ObjectGroups): ObjectGroups {
  return Object.fromEntries(Object.entries(groups).reverse().map(([group, objects]) => [group, Object.fromEntries(Object.entries(objects).reverse())]));
}

const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
const objectName = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

async function namespaceAnswer(channels: readonly KubernetesObject[], attachments: readonly KubernetesObject[] = [], order = (groups: ObjectGroups) => groups): Promise<KubernetesObject[]> {
  const related = order({ 'KafkaChannel.messaging.knative.dev/v1': {}, ...groupsOf(secret, ...channels) });
  return (await answerOf('/namespace/sync', { object: namespace, attachments: order(groupsOf(...attachments)), related, finalizing: false })).attachments ?? [];
}

/** But for what they note of what was observed. */
function withoutNotes(children: readonly KubernetesObject[]): KubernetesObject[] {
  return children.map((child) => ({ ...child, metadata: { ...child.metadata, annotations: {} } }));
}

describe('M8: generated channels', () => {
  test('/kafkachannel/customize and /sync answer each, the same each time, and the same again when their answer is fed back', async () => {
    for (const seed of seeds) {
      const parent = stored('KafkaChannel', seed);
      await answerOf('/kafkachannel/customize', { parent });
      const request = { parent, children: {}, related: { ...noneFound, ...groupsOf(secret) }, finalizing: false };
      const first = await answerOf('/kafkachannel/sync', request);
      expect({ seed, answer: await answerOf('/kafkachannel/sync', request) }).toEqual({ seed, answer: first });
      const children = groupsOf(...(first.children ?? []));
      const second = await answerOf('/kafkachannel/sync', { ...request, parent: { ...parent, status: first.status }, children });
      clock += 60_000;
      const third = await answerOf('/kafkachannel/sync', { ...request, parent: { ...parent, status: second.status }, children });
      expect({ seed, status: third.status }).toEqual({ seed, status: second.status });
      expect(first.children?.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}`).filter((child) => child !== 'Service shop')).toEqual([]);
    }
  });

  test('/namespace/sync makes all of a channel or nothing, of legal names, in the system namespace, and files that their readers take', async () => {
    for (const seed of seeds) {
      const channel = stored('KafkaChannel', seed);
      const children = await namespaceAnswer([channel], withReadyTopics(await namespaceAnswer([channel])));
      const kinds = children.map(({ kind }) => kind).filter((kind) => kind !== 'KafkaConsumerGroup');
      expect({ seed, kinds: children.length === 0 ? [] : kinds }).toEqual({ seed, kinds: children.length === 0 ? [] : ['ConfigMap', 'Deployment', 'KafkaTopic'] });
      for (const { metadata } of children) {
        expect({ seed, legal: objectName.test(metadata.name) && metadata.name.length <= 253 }).toEqual({ seed, legal: true });
        expect(metadata.namespace).toBe(systemNamespace);
        expect(metadata.labels).toMatchObject(channelLabels({ namespace: 'shop', name: channel.metadata.name }));
      }
      const started = withReadyTopics(children).map((child) => (child.kind === 'KafkaConsumerGroup' ? { ...child, status: { initialized: true } } : child));
      const running = await namespaceAnswer([channel], started);
      const file = running.find(({ kind }) => kind === 'ConfigMap') as { data?: Record<string, string> } | undefined;
      if (file) expect(parseDispatcherFile(file.data?.['dispatcher.json'] ?? '').topic).not.toBe('');
      expect(running.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(children.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
    }
  });

  test('/namespace/sync: a namespace full of them is answered in any order, and its answer changes nothing when it is fed back', async () => {
    const good: KubernetesObject = { ...stored('KafkaChannel', 0), metadata: { namespace: 'shop', name: 'good', generation: 1 }, spec: { numPartitions: 4, replicationFactor: 1, retentionDuration: 'PT168H' }, status: {} };
    const channels = [...seeds.slice(0, 2000).map((seed) => stored('KafkaChannel', seed)), good];
    const topics = withReadyTopics(await namespaceAnswer(channels)).filter(({ kind }) => kind === 'KafkaTopic');
    const first = await namespaceAnswer(channels, topics);
    expect(first.some(({ kind }) => kind === 'KafkaConsumerGroup')).toBe(true);
    expect(await namespaceAnswer(channels, topics, reversed)).toEqual(first);
    const second = await namespaceAnswer(channels, withReadyTopics(first));
    expect(withoutNotes(second)).toEqual(withoutNotes(first));
    expect(await namespaceAnswer(channels, withReadyTopics(second))).toEqual(second);
    const ofGood = (children: readonly KubernetesObject[]): KubernetesObject[] => children.filter(({ metadata }) => metadata.labels?.['knative-kafka.io/channel'] === 'good');
    expect(ofGood(first)).toEqual(ofGood(await namespaceAnswer([good], topics)));
    const ids = first.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

function secretName({ spec }: KubernetesObject): string {
  const { kafkaSecret } = spec as { kafkaSecret?: unknown };
  return typeof kafkaSecret === 'string' && kafkaSecret !== '' ? kafkaSecret : 'kafka';
}

describe('M8: generated topics and groups', () => {
  test.each([
    ['KafkaTopic', 'kafkatopic'],
    ['KafkaConsumerGroup', 'kafkaconsumergroup'],
  ] as const)('%s: each of its hooks answers', async (kind, controller) => {
    for (const seed of seeds) {
      const parent = stored(kind, seed);
      const related = groupsOf({ ...secret, metadata: { ...secret.metadata, name: secretName(parent) } });
      await answerOf(`/${controller}/customize`, { parent });
      const { status } = await answerOf(`/${controller}/sync`, { parent, children: {}, related, finalizing: false });
      expect({ seed, status }).toEqual({ seed, status: expect.objectContaining({ conditions: expect.any(Array) as unknown }) });
      const deleted = { ...parent, metadata: { ...parent.metadata, deletionTimestamp: '2020-01-01T00:00:00Z' } };
      expect({ seed, ...(await answerOf(`/${controller}/finalize`, { parent: deleted, children: {}, related, finalizing: true })) }).toMatchObject({ seed, finalized: true });
    }
  });
});

describe('M8: generated Secrets and Pods', () => {
  test('/secret/customize and /secret/sync answer each, in the system namespace and for a label that counts alone, with routes that receivers take', async () => {
    for (const seed of seeds) {
      const random = seeded(seed);
      const name = generatedName(random);
      const ours = random() < 0.8;
      const metadata = { ...secret.metadata, name, ...(!ours && random() < 0.5 ? { namespace: 'shop' } : !ours && { labels: { 'knative-kafka.io/kafka-secret': generatedText(random) } }) };
      const object = { ...secret, metadata, data: random() < 0.05 ? null : generatedSecretData(random) };
      await answerOf('/secret/customize', { parent: object });
      const routed = [0, 1].map((index): KubernetesObject => {
        const { spec, ...topic } = stored('KafkaTopic', 2 * (seed + index));
        const labels = channelLabels({ namespace: 'shop', name: `c-${index}` });
        return { ...topic, metadata: { namespace: systemNamespace, name: `t-${index}`, labels }, spec: { ...(spec as object), kafkaSecret: name } };
      });
      const { attachments = [] } = await answerOf('/secret/sync', { object, attachments: {}, related: groupsOf(...routed), finalizing: false });
      expect({ seed, kinds: attachments.map(({ kind }) => kind) }).toEqual({ seed, kinds: ours ? ['ConfigMap', 'Deployment', 'PodDisruptionBudget', 'Service'] : [] });
      for (const { metadata: made } of attachments) expect({ seed, name: made.name, legal: /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(made.name) }).toEqual({ seed, name: made.name, legal: true });
      const routes = attachments.find(({ kind }) => kind === 'ConfigMap') as { data?: Record<string, string> } | undefined;
      if (routes) expect(Object.keys(parseRoutesFile(routes.data?.['routes.json'] ?? ''))).toEqual(['shop/c-0', 'shop/c-1']);
    }
  });

  test('channels under them are answered, by both hooks of a channel alike', async () => {
    const channel: KubernetesObject = { ...stored('KafkaChannel', 0), metadata: { namespace: 'shop', name: 'orders', generation: 1 }, spec: { numPartitions: 4, replicationFactor: 2, retentionDuration: 'PT168H' }, status: {} };
    for (const seed of seeds) {
      const random = seeded(seed);
      const several = Array.from({ length: 1 + Math.floor(random() * 2) }, (_, index) => ({ ...secret, metadata: { ...secret.metadata, name: `kafka-${index}` }, data: generatedSecretData(random) }));
      const related = { 'KafkaChannel.messaging.knative.dev/v1': {}, ...noneFound, ...groupsOf(...several, channel) };
      const { status } = await answerOf('/kafkachannel/sync', { parent: channel, children: {}, related, finalizing: false });
      const { attachments = [] } = await answerOf('/namespace/sync', { object: namespace, attachments: {}, related, finalizing: false });
      const configured = (status as { conditions: { type: string; status: string }[] }).conditions.find(({ type }) => type === 'ConfigurationReady')?.status;
      expect({ seed, configured, run: attachments.length > 0 }).toEqual({ seed, configured, run: configured === 'True' });
    }
  });

  test('/pod/customize and /pod/sync answer each, and annotate those that run in the system namespace alone', async () => {
    for (const seed of seeds) {
      const random = seeded(seed);
      const { pod, file, annotated } = generatedPod(random);
      await answerOf('/pod/customize', { parent: pod });
      const answer = await answerOf('/pod/sync', { object: pod, attachments: null, related: groupsOf(...(file ? [file] : [])), finalizing: false });
      expect({ seed, answer }).toEqual({ seed, answer: annotated ? { annotations: { 'knative-kafka.io/config-version': expect.stringMatching(/^[0-9a-f]{16}$/) } } : {} });
    }
  });
});

function podStatus(runs: boolean, random: () => number): object {
  if (runs) return { status: { phase: 'Running' } };
  return random() < 0.5 ? { status: { phase: generatedText(random) } } : {};
}

/** A Pod that has our labels, the ConfigMap that it names, where that is there, and whether it is to be annotated. */
function generatedPod(random: () => number): { pod: KubernetesObject; file: KubernetesObject | undefined; annotated: boolean } {
  const config = random() < 0.5 ? generatedName(random) : generatedText(random);
  const here = random() < 0.8;
  const names = random() < 0.9;
  const annotations = { ...(names && { 'knative-kafka.io/config': config }), ...(random() < 0.3 && { 'knative-kafka.io/config-version': generatedText(random) }) };
  const runs = random() < 0.8;
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: here ? systemNamespace : 'shop', name: generatedName(random), ...(random() < 0.9 || names ? { annotations } : {}) }, ...podStatus(runs, random) };
  const exists = config !== '' && random() < 0.7;
  const file = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: systemNamespace, name: config, resourceVersion: '7' }, data: { 'dispatcher.json': generatedText(random) } };
  return { pod, file: exists ? file : undefined, annotated: exists && here && names && runs };
}

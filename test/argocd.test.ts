import { describe, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse, stringify } from 'yaml';

import { reasons } from '../contract/reasons.ts';
import type { KubernetesObject } from '../hooks/metacontroller.ts';
import { hookRoutes } from '../hooks/routes.ts';
import { createLogger } from '../runtime/log.ts';
import type { Health } from './support/argo-health.ts';
import { argoHealth } from './support/argo-health.ts';
import { aKafkaConsumerGroup, aKafkaTopic, aSecret, groupsOf, hooksConfigForTests } from './support/hook-objects.ts';
import { modelKafka } from './support/model-kafka.ts';

const component = join(import.meta.dirname, '..', 'components', 'argocd');
const update = process.env['UPDATE_GOLDEN'] === '1';
const folders = { KafkaChannel: 'messaging.knative.dev/KafkaChannel', KafkaTopic: 'knative-kafka.io/KafkaTopic', KafkaConsumerGroup: 'knative-kafka.io/KafkaConsumerGroup' } as const;
const folderOf = (kind: keyof typeof folders): string => join(component, 'resource_customizations', folders[kind]);
const script = (kind: keyof typeof folders): string => readFileSync(join(folderOf(kind), 'health.lua'), 'utf8');

const kafka = modelKafka();
const hooks = hookRoutes({ config: hooksConfigForTests, kafka, logger: createLogger('test', 'silent'), now: () => new Date('2026-11-22T09:00:00Z') });

async function synced(path: string, parent: object, children: object, related: object): Promise<KubernetesObject> {
  const { status } = (await hooks.get(path)?.({ parent, children, related, finalizing: false })) as { status: object };
  return { ...(parent as KubernetesObject), status };
}

/** A channel with the status that the hook gives it in a golden case. */
async function channelOf(golden: string): Promise<KubernetesObject> {
  const file = join(import.meta.dirname, 'golden', 'kafkachannel', `${golden}.request.yaml`);
  const { request } = parse(readFileSync(file, 'utf8')) as { request: { parent: object; children: object; related: object } };
  return await synced('/kafkachannel/sync', request.parent, request.children, request.related);
}

const secret = groupsOf(aSecret({ 'bootstrap.servers': 'k:9092' }));
const readyTopic = (): Promise<KubernetesObject> => synced('/kafkatopic/sync', aKafkaTopic({ topicName: 'orders' }), {}, secret);
async function readyGroup(spec: { reset?: { id: string; to: string } } = {}): Promise<KubernetesObject> {
  await readyTopic();
  return await synced('/kafkaconsumergroup/sync', aKafkaConsumerGroup({ group: 'kafka.shop.orders.a-1', topic: 'orders', ...spec }), {}, secret);
}
const changed = (object: KubernetesObject, metadata: object): KubernetesObject => ({ ...object, metadata: { ...object.metadata, ...metadata } });
const deleting = { deletionTimestamp: '2026-11-22T09:00:00Z' };

interface Case {
  readonly kind: keyof typeof folders;
  readonly name: string;
  readonly object: () => Promise<KubernetesObject>;
  readonly status: Health['status'];
  readonly message: string;
}

const waiting = 'Waiting for the last change to be looked at';
const cases: Case[] = [
  { kind: 'KafkaChannel', name: 'fresh', object: async () => ({ ...(await channelOf('ready-channel')), status: { observedGeneration: -1 } }), status: 'Progressing', message: 'Waiting for the channel to be looked at' },
  { kind: 'KafkaChannel', name: 'ready', object: () => channelOf('ready-channel'), status: 'Healthy', message: 'Ready' },
  { kind: 'KafkaChannel', name: 'new', object: () => channelOf('new-channel'), status: 'Progressing', message: 'waiting for the KafkaTopic' },
  { kind: 'KafkaChannel', name: 'changed', object: async () => changed(await channelOf('ready-channel'), { generation: 9 }), status: 'Progressing', message: waiting },
  { kind: 'KafkaChannel', name: 'deleting', object: async () => changed(await channelOf('ready-channel'), deleting), status: 'Progressing', message: 'Being deleted' },
  { kind: 'KafkaChannel', name: 'receiver-starting', object: () => channelOf('receiver-starting'), status: 'Progressing', message: 'no pod of Deployment "kafka-receiver-kafka" is available yet' },
  { kind: 'KafkaChannel', name: 'no-secret', object: () => channelOf('no-secret'), status: 'Degraded', message: 'no Secret in namespace "knative-eventing" has label knative-kafka.io/kafka-secret=true: make one that says how to reach Kafka' },
  { kind: 'KafkaChannel', name: 'dispatcher-failed', object: () => channelOf('dispatcher-failed-and-the-channel-is-ready'), status: 'Degraded', message: 'Deployment "orders-shop-644f7b8c-dispatcher" makes no progress: see why its pods do not start' },
  { kind: 'KafkaChannel', name: 'paused', object: () => channelOf('dispatcher-scaled-to-zero'), status: 'Suspended', message: 'Deployment "orders-shop-644f7b8c-dispatcher" is asked to run no pod: raise its replicas' },
  { kind: 'KafkaChannel', name: 'dead-letter-sink-pending', object: () => channelOf('dead-letter-sink-broker-that-is-not-ready'), status: 'Healthy', message: 'waiting for Broker "shop/dead" to have an address' },
  { kind: 'KafkaChannel', name: 'dead-letter-sink-unresolved', object: () => channelOf('dead-letter-sink-that-cannot-be-resolved'), status: 'Degraded', message: 'the address of a Sequence is not known here: give an absolute address in delivery.deadLetterSink.uri' },
  { kind: 'KafkaTopic', name: 'fresh', object: () => Promise.resolve(aKafkaTopic({ topicName: 'orders' }) as unknown as KubernetesObject), status: 'Progressing', message: 'Waiting for the topic to be looked at' },
  { kind: 'KafkaTopic', name: 'ready', object: readyTopic, status: 'Healthy', message: 'Ready' },
  { kind: 'KafkaTopic', name: 'changed', object: async () => changed(await readyTopic(), { generation: 9 }), status: 'Progressing', message: waiting },
  { kind: 'KafkaTopic', name: 'deleting', object: async () => changed(await readyTopic(), deleting), status: 'Progressing', message: 'Being deleted' },
  { kind: 'KafkaTopic', name: 'missing', object: () => synced('/kafkatopic/sync', aKafkaTopic({ topicName: 'theirs', policy: 'External' }), {}, secret), status: 'Degraded', message: 'topic "theirs" does not exist and its policy is External: create it, or set the policy to Managed' },
  { kind: 'KafkaConsumerGroup', name: 'fresh', object: () => Promise.resolve(aKafkaConsumerGroup({ group: 'g', topic: 'orders' }) as unknown as KubernetesObject), status: 'Progressing', message: 'Waiting for the group to be looked at' },
  { kind: 'KafkaConsumerGroup', name: 'ready', object: () => readyGroup(), status: 'Healthy', message: 'Ready' },
  { kind: 'KafkaConsumerGroup', name: 'deleting', object: async () => changed(await readyGroup(), deleting), status: 'Progressing', message: 'Being deleted' },
  { kind: 'KafkaConsumerGroup', name: 'waiting-for-topic', object: () => synced('/kafkaconsumergroup/sync', aKafkaConsumerGroup({ group: 'g', topic: 'orders', channel: 'shop/orders' }), {}, secret), status: 'Progressing', message: 'waiting for KafkaTopic "knative-messaging-kafka.shop.orders" to be Ready' },
  { kind: 'KafkaConsumerGroup', name: 'reset-invalid', object: () => readyGroup({ reset: { id: 'r', to: 'yesterday' } }), status: 'Degraded', message: 'spec.reset.to is none of latest, earliest, a time (2026-01-31T12:00:00Z) and offsets (0:42,1:7): mend it, and give a new spec.reset.id' },
];

/** Compares a generated file with what it should be, or writes it. */
function expectFile(file: string, text: string): void {
  if (update) {
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
  }
  if (!existsSync(file)) throw new Error(`${file} is missing: write it with "npm run golden"`);
  expect(readFileSync(file, 'utf8')).toBe(text);
}

const yaml = (value: unknown): string => stringify(value, { lineWidth: 160, aliasDuplicateObjects: false });

describe('A2, A3: the health checks of Argo CD, in a stripped Lua 5.1', () => {
  test.each(cases)('$kind: $name is $status', async ({ kind, object, status, message }) => {
    expect(await argoHealth(script(kind), await object())).toEqual({ status, message });
  });

  test('run without the methods that Argo CD takes away', async () => {
    await expect(argoHealth('return { status = ("Healthy"):lower() }', {})).rejects.toThrow();
    await expect(argoHealth('return { status = string.lower("Healthy") }', {})).rejects.toThrow();
    await expect(argoHealth('return { status = "Ready" }', {})).rejects.toThrow('which is no health');
    expect(await argoHealth('return { status = _VERSION == "Lua 5.1" and "Healthy" or "Degraded", message = obj.a[2] }', { a: ['x', 'ü"\n'] })).toEqual({ status: 'Healthy', message: 'ü"\n' });
  });

  test.each(Object.keys(folders) as (keyof typeof folders)[])('A1: %s has upstream\'s tests of these cases', async (kind) => {
    const own = cases.filter((each) => each.kind === kind);
    const tests = own.map(({ name, status, message }) => ({ healthStatus: { status, message }, inputPath: `testdata/${name}.yaml` }));
    expectFile(join(folderOf(kind), 'health_test.yaml'), yaml({ tests }));
    for (const { name, object } of own) expectFile(join(folderOf(kind), 'testdata', `${name}.yaml`), yaml(await object()));
    expect(readdirSync(join(folderOf(kind), 'testdata')).sort()).toEqual(own.map(({ name }) => `${name}.yaml`).sort());
  });

  test('A1: are in the patch of argocd-cm', () => {
    const data = Object.fromEntries(Object.entries(folders).map(([kind, folder]) => [`resource.customizations.health.${folder.replace('/', '_')}`, script(kind as keyof typeof folders)]));
    expectFile(join(component, 'argocd-cm.yaml'), `# Generated from resource_customizations/ by "npm run golden".\n${yaml({ data })}`);
  });
});

describe('A4: while something is under way, and no person has to act', () => {
  const { request } = parse(readFileSync(join(import.meta.dirname, 'golden', 'kafkachannel', 'ready-channel.request.yaml'), 'utf8')) as { request: { parent: KubernetesObject; children: object; related: Record<string, Record<string, KubernetesObject>> } };
  const deployments = Object.values(request.related['Deployment.apps/v1'] ?? {});
  const topics = Object.values(request.related['KafkaTopic.knative-kafka.io/v1'] ?? {});
  const ready = (status: string, reason: string): object => ({ observedGeneration: 1, conditions: [{ type: 'Ready', status, reason }] });
  const rollout = (available: string, replicas: object): object => ({ ...replicas, conditions: [{ type: 'Available', status: available }, { type: 'Progressing', status: 'True' }] });

  const topicStates: Record<string, object | undefined> = {
    'no topic': undefined,
    'a fresh topic': { observedGeneration: -1 },
    'a topic that is being made': ready('Unknown', 'TopicCreating'),
    'a topic whose Kafka restarts': ready('Unknown', 'KafkaUnreachable'),
    'a topic': ready('True', 'Ready'),
  };
  const podStates: Record<string, object | undefined> = {
    'no Deployment': undefined,
    'a new Deployment': {},
    'pods that start': rollout('False', { replicas: 2, unavailableReplicas: 2 }),
    'a rollout': rollout('True', { replicas: 3, updatedReplicas: 1, availableReplicas: 2, unavailableReplicas: 1 }),
    'all pods': rollout('True', { replicas: 3, updatedReplicas: 3, availableReplicas: 3 }),
  };
  const withStatus = (objects: readonly KubernetesObject[], status: object | undefined): KubernetesObject[] => (status === undefined ? [] : objects.map((object) => ({ ...object, status })));
  const isReceiver = ({ metadata }: KubernetesObject): boolean => metadata.name.startsWith('kafka-receiver-');

  test.each(Object.entries(topicStates))('with %s, and any state of receivers and dispatchers, a channel is never Degraded', async (_name, topic) => {
    for (const [receiver, receiverStatus] of Object.entries(podStates)) {
      for (const [dispatcher, dispatcherStatus] of Object.entries(podStates)) {
        const pods = [...withStatus(deployments.filter(isReceiver), receiverStatus), ...withStatus(deployments.filter((each) => !isReceiver(each)), dispatcherStatus)];
        const related = { ...request.related, 'Deployment.apps/v1': {}, 'KafkaTopic.knative-kafka.io/v1': {}, ...groupsOf(...pods, ...withStatus(topics, topic)) };
        for (const children of [request.children, { 'Service.v1': {} }]) {
          const { status } = await argoHealth(script('KafkaChannel'), await synced('/kafkachannel/sync', request.parent, children, related));
          expect({ receiver, dispatcher, degraded: status === 'Degraded' }).toEqual({ receiver, dispatcher, degraded: false });
        }
      }
    }
  });

  test.each(Object.entries<{ stalls: boolean }>(reasons).filter(([, { stalls }]) => !stalls))('a topic and a group whose reason is %s are never Degraded', async (reason) => {
    for (const kind of ['KafkaTopic', 'KafkaConsumerGroup'] as const) {
      const { status } = await argoHealth(script(kind), { metadata: { generation: 1 }, status: ready('Unknown', reason) });
      expect(status).toBe('Progressing');
    }
  });
});

import { describe, expect, jest, test } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse, stringify } from 'yaml';

import { reasons } from '../contract/reasons.ts';
import type { KubernetesObject } from '../hooks/metacontroller.ts';
import { hookRoutes } from '../hooks/routes.ts';
import { createLogger } from '../runtime/log.ts';
import type { Health } from './support/argo-health.ts';
import { argoHealth } from './support/argo-health.ts';
import { groupsOf, hooksConfigForTests } from './support/hook-objects.ts';
import { modelKafka } from './support/model-kafka.ts';

jest.setTimeout(60_000);

const component = join(import.meta.dirname, '..', 'components', 'argocd');
const update = process.env['UPDATE_GOLDEN'] === '1';
const folders = { KafkaChannel: 'messaging.knative.dev/KafkaChannel', KafkaTopic: 'knative-kafka.io/KafkaTopic', KafkaConsumerGroup: 'knative-kafka.io/KafkaConsumerGroup' } as const;
const folderOf = (kind: keyof typeof folders): string => join(component, 'resource_customizations', folders[kind]);
const script = (kind: keyof typeof folders): string => readFileSync(join(folderOf(kind), 'health.lua'), 'utf8');

const read = (kind: keyof typeof folders, name: string): KubernetesObject => parse(readFileSync(join(folderOf(kind), 'testdata', `${name}.yaml`), 'utf8')) as KubernetesObject;

/** By what the cluster suite has seen and kept: `UPDATE_GOLDEN=1 METACONTROLLER_BIN=… npm run e2e -- argo-health`. */
const seen: Readonly<Record<keyof typeof folders, Readonly<Record<string, Health['status']>>>> = {
  KafkaChannel: {
    changed: 'Progressing',
    'dead-letter-sink-pending': 'Healthy',
    'dead-letter-sink-unresolved': 'Degraded',
    deleting: 'Progressing',
    'dispatcher-failed': 'Degraded',
    'dispatcher-starting': 'Healthy',
    fresh: 'Progressing',
    'no-secret': 'Degraded',
    paused: 'Suspended',
    ready: 'Healthy',
    'service-taken': 'Degraded',
    'topic-not-allowed': 'Degraded',
    'topic-refused': 'Degraded',
  },
  KafkaTopic: {
    changed: 'Progressing',
    deleting: 'Progressing',
    external: 'Healthy',
    found: 'Healthy',
    fresh: 'Progressing',
    missing: 'Degraded',
    'no-secret': 'Degraded',
    ready: 'Healthy',
    refused: 'Degraded',
    unreachable: 'Progressing',
    'wrong-namespace': 'Degraded',
  },
  KafkaConsumerGroup: {
    changed: 'Progressing',
    deleting: 'Progressing',
    fresh: 'Progressing',
    'no-secret': 'Degraded',
    ready: 'Healthy',
    'reset-invalid': 'Degraded',
    unreachable: 'Progressing',
    'waiting-for-topic': 'Progressing',
    'wrong-namespace': 'Degraded',
  },
};
const kinds = Object.keys(folders) as (keyof typeof folders)[];
const cases = kinds.flatMap((kind) => Object.entries(seen[kind]).map(([name, status]) => ({ kind, name, status })));

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
  test.each(cases)('$kind: $name is $status', async ({ kind, name, status }) => {
    const object = read(kind, name);
    expect(await argoHealth(script(kind), object)).toEqual({ status, message: expect.stringMatching(/^.{5,}$/) as unknown });
  });

  test.each(cases)('K5: $kind: $name says the same to kubectl wait, to kstatus and to Argo CD', ({ kind, name, status }) => {
    const { metadata, ...object } = read(kind, name);
    const { observedGeneration, conditions = [] } = (object as unknown as { status?: { observedGeneration?: number; conditions?: { type: string; status: string }[] } }).status ?? {};
    const [ready, stalled] = ['Ready', 'Stalled'].map((type) => conditions.find((condition) => condition.type === type)?.status);
    expect(stalled === 'True').toBe(ready === 'False');
    if (observedGeneration !== metadata.generation || metadata.deletionTimestamp !== undefined) expect(status).toBe('Progressing');
    else if (ready === 'True') expect(['Healthy', 'Suspended', 'Degraded']).toContain(status);
    else expect(status).toBe(ready === 'False' ? 'Degraded' : 'Progressing');
  });

  test.each(kinds)('A3: of %s, more than eight states were seen', (kind) => {
    expect(readdirSync(join(folderOf(kind), 'testdata')).sort()).toEqual(Object.keys(seen[kind]).map((name) => `${name}.yaml`).sort());
    expect(Object.keys(seen[kind]).length).toBeGreaterThan(8);
  });

  test('run without the methods that Argo CD takes away', async () => {
    await expect(argoHealth('return { status = ("Healthy"):lower() }', {})).rejects.toThrow();
    await expect(argoHealth('return { status = string.lower("Healthy") }', {})).rejects.toThrow();
    await expect(argoHealth('return { status = "Ready" }', {})).rejects.toThrow('which is no health');
    expect(await argoHealth('return { status = _VERSION == "Lua 5.1" and "Healthy" or "Degraded", message = obj.a[2] }', { a: ['x', 'ü"\n'] })).toEqual({ status: 'Healthy', message: 'ü"\n' });
  });

  test.each(kinds)('A1: %s has upstream\'s tests of these states', async (kind) => {
    const states = Object.keys(seen[kind]).map(async (name) => ({ healthStatus: await argoHealth(script(kind), read(kind, name)), inputPath: `testdata/${name}.yaml` }));
    expectFile(join(folderOf(kind), 'health_test.yaml'), yaml({ tests: await Promise.all(states) }));
  });

  test('A1: are in the patch of argocd-cm', () => {
    const data = Object.fromEntries(Object.entries(folders).map(([kind, folder]) => [`resource.customizations.health.${folder.replace('/', '_')}`, script(kind as keyof typeof folders)]));
    expectFile(join(component, 'argocd-cm.yaml'), `# Generated from resource_customizations/ by "npm run golden".\n${yaml({ data })}`);
  });
});

describe('A4: while something is under way, and no person has to act', () => {
  const hooks = hookRoutes({ config: hooksConfigForTests, kafka: modelKafka(), logger: createLogger('test', 'silent'), now: () => new Date('2026-11-22T09:00:00Z') });
  async function synced(path: string, parent: object, children: object, related: object): Promise<KubernetesObject> {
    const { status } = (await hooks.get(path)?.({ parent, children, related, finalizing: false })) as { status: object };
    return { ...(parent as KubernetesObject), status };
  }

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

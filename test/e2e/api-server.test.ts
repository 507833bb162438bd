import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import { parse, parseAllDocuments } from 'yaml';

import { strimziApiVersion } from '../../contract/names.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { receiverDeployment } from '../../hooks/secret/deployment.ts';
import { hooksConfigWith } from '../support/hook-objects.ts';
import { yamlBlocks } from '../support/readme.ts';
import { projectFolder } from './cluster/folders.ts';
import { foreignDefinitions, strimziTopicDefinition } from './foreign-definitions.ts';
import { goldenAnswers } from './golden-answers.ts';
import { Kubernetes } from './kubernetes.ts';
import { changedLeaves } from './leaves.ts';
import { renderMetacontroller } from './metacontroller/install.ts';
import { renderOverlay } from './overlay.ts';
import { shippedNamespace } from './system.ts';
import { tableOf } from './table.ts';

const namespace = 'api-server';
let kubernetes: Kubernetes;

jest.setTimeout(30_000);

beforeAll(async () => {
  kubernetes = await Kubernetes.connect();
  await createNamespaces(shippedNamespace, namespace, 'metacontroller');
  await kubernetes.apply(await readFile(join(import.meta.dirname, 'metacontroller', 'stand-in', 'crds.yaml'), 'utf8'));
  await kubernetes.apply(await kubernetes.run('kustomize', join(projectFolder, 'crds')));
  for (const definition of await foreignDefinitions()) await kubernetes.apply(definition);
  await kubernetes.apply([strimziTopicDefinition]);
  await kubernetes.run('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
}, 400_000);

afterAll(async () => {
  await kubernetes.run('delete', 'crd', strimziTopicDefinition.metadata.name, '--timeout=30s');
  await kubernetes.run('delete', 'namespace', namespace, '--timeout=60s');
}, 90_000);

async function createNamespaces(...names: string[]): Promise<void> {
  await kubernetes.apply(names.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })));
}

/** Accepted, and nothing normalised, defaulted into a list, or dropped: GitOps sees no difference for ever. */
async function keptAsItIs(rendered: string): Promise<void> {
  const applied = parseAllDocuments(rendered).map((document) => document.toJS() as KubernetesObject);
  for (const object of applied) {
    const live = JSON.parse(await kubernetes.apply([object], '--dry-run=server', '-o', 'json')) as KubernetesObject;
    expect({ object: `${object.kind} ${object.metadata.name}`, changed: changedLeaves(object, live) }).toEqual({ object: `${object.kind} ${object.metadata.name}`, changed: [] });
  }
}

describe('the API server accepts', () => {
  test('the base', async () => {
    await kubernetes.dryRun(await kubernetes.run('kustomize', projectFolder));
  });

  test('A5: every leaf of the base with all components as it is', async () => {
    const components = readdirSync(join(projectFolder, 'components')).map((component) => join('components', component));
    await keptAsItIs(await renderOverlay(kubernetes, { components }));
  }, 120_000);

  test('I9: the base with the patch of docs/operations.md, and the receivers that its hooks make then, every leaf as it is', async () => {
    const [block = ''] = yamlBlocks(join(projectFolder, 'docs', 'operations.md'), 'Pods of the hooks, receivers and dispatchers');
    const { patches } = parse(block) as { patches: object[] };
    const rendered = await renderOverlay(kubernetes, { patches });
    await keptAsItIs(rendered);
    const hooks = parseAllDocuments(rendered).map((document) => document.toJS() as KubernetesObject).find(({ kind }) => kind === 'Deployment') as unknown as Deployment;
    const variables = hooks.spec?.template.spec?.containers[0]?.env ?? [];
    const receiver = receiverDeployment('kafka', hooksConfigWith(Object.fromEntries(variables.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])))));
    expect(receiver.spec?.template.spec).toMatchObject({ nodeSelector: { pool: 'events' }, imagePullSecrets: [{ name: 'registry' }] });
    await keptAsItIs(JSON.stringify(receiver));
  }, 60_000);

  test('R16.3: the ScaledObject of docs/operations.md, every leaf as it is', async () => {
    const [block = ''] = yamlBlocks(join(projectFolder, 'docs', 'operations.md'), 'By lag, with KEDA');
    await keptAsItIs(block);
  });

  test('A5: every leaf of the quick start as it is', async () => {
    for (const file of ['channel.yaml', 'subscribers.yaml']) await keptAsItIs(await readFile(join(projectFolder, 'examples', 'quickstart', file), 'utf8'));
  });

  test('the base moved to another namespace, leaving nothing in the usual one', async () => {
    await createNamespaces('events');
    const rendered = await renderOverlay(kubernetes, { namespace: 'events' });
    expect(rendered.replaceAll('app.kubernetes.io/part-of: knative-eventing', '')).not.toContain('knative-eventing');
    await kubernetes.dryRun(rendered);
  });

  test.each(readdirSync(join(projectFolder, 'components')))('the base with component %s', async (component) => {
    await kubernetes.dryRun(await renderOverlay(kubernetes, { components: [join('components', component)] }));
  });

  test.each(['channel.yaml', 'subscribers.yaml'])('%s of the quick start', async (file) => {
    await kubernetes.dryRun(await readFile(join(projectFolder, 'examples', 'quickstart', file), 'utf8'));
  });

  test('Metacontroller with the shipped arguments and role', async () => {
    await kubernetes.dryRun(await renderMetacontroller(kubernetes.cluster));
  });
});

describe('Knative has by aggregation', () => {
  const account = { kind: 'ServiceAccount', name: 'knative', namespace };

  beforeAll(async () => {
    await kubernetes.apply(documentsOfRoles());
    await kubernetes.apply(await readFile(join(projectFolder, 'metacontroller', 'rbac.yaml'), 'utf8'));
  });

  /** Knative's two roles, empty but for what is aggregated into them, bound to one account each. */
  function documentsOfRoles(): object[] {
    return ['channelable', 'addressable'].flatMap((duck) => [
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: duck }, aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [`duck.knative.dev/${duck}`]: 'true' } }] }, rules: [] },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: duck },
        subjects: [{ ...account, name: duck }], roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: duck },
      },
    ]);
  }

  const can = (duck: string, verb: string, part: string): Promise<string> =>
    kubernetes.run('auth', 'can-i', verb, `kafkachannels.messaging.knative.dev`, ...(part ? [`--subresource=${part}`] : []), '-n', namespace, `--as=system:serviceaccount:${namespace}:${duck}`);

  test.each([
    ['CP-1: channelable', ['create', 'get', 'list', 'watch', 'update', 'patch', 'delete']],
    ['CP-2: addressable', ['get', 'list', 'watch']],
  ])('%s: %p of KafkaChannels and their status', async (title, verbs) => {
    const duck = title.split(' ')[1] ?? '';
    for (const part of ['', 'status']) for (const verb of verbs) expect([verb, part, (await can(duck, verb, part)).trim()]).toEqual([verb, part, 'yes']);
  }, 60_000);

  test('and nothing more by addressable', async () => {
    await expect(can('addressable', 'delete', '')).rejects.toThrow('no');
  });
});

const channel = (spec: object, name = 'c'): object => ({ apiVersion: 'messaging.knative.dev/v1', kind: 'KafkaChannel', metadata: { name, namespace }, spec });
const topic = (spec: object, name = 't'): object => ({ apiVersion: 'knative-kafka.io/v1', kind: 'KafkaTopic', metadata: { name, namespace }, spec });
const group = (spec: object, name = 'g'): object => ({ apiVersion: 'knative-kafka.io/v1', kind: 'KafkaConsumerGroup', metadata: { name, namespace }, spec });
/** Without the group they are Strimzi's. */
const ourKafkaTopics = 'kafkatopics.knative-kafka.io';
const subscriber = { uid: 'u1', subscriberUri: 'http://x' };

describe('the API server takes', () => {
  test.each([
    ['a channel without a spec', { apiVersion: 'messaging.knative.dev/v1', kind: 'KafkaChannel', metadata: { name: 'c', namespace } }],
    ['a channel of v1beta1', { ...channel({ numPartitions: 10, replicationFactor: 3, retentionDuration: 'P7D' }), apiVersion: 'messaging.knative.dev/v1beta1' }],
    ['a subscriber with only a reply', channel({ subscribers: [{ uid: 'u', replyUri: 'http://x' }] })],
    ['delivery of a peer, fields of later versions included', channel({ delivery: { retry: 3, backoffPolicy: 'linear', backoffDelay: 'PT0.2S', timeout: 'PT5S', later: true } })],
    ['resources as Kubernetes writes them', channel({ dispatcher: { resources: { requests: { cpu: '100m', memory: '1.5Gi' }, limits: { cpu: 2, memory: '2e9', 'ephemeral-storage': '1Gi' } } } })],
    ['an external topic', channel({ topic: { name: 'orders.v1_x-y', policy: 'External' } })],
    ['a name of 63 characters', channel({}, `a${'b'.repeat(62)}`)],
    ['a topic', topic({ topicName: 'x', kafkaSecret: 'kafka' })],
    ['a group that starts at a time', group({ group: 'g', topic: 't', kafkaSecret: 'kafka', startAt: '2026-01-01T00:00:00Z' })],
  ])('%s', async (_title, object) => {
    await kubernetes.dryRun([object]);
  });
});

describe('the API server refuses', () => {
  test.each([
    ['no partition', channel({ numPartitions: 0 }), 'numPartitions'],
    ['a duration without a number', channel({ retentionDuration: 'PT' }), 'must be an ISO-8601 duration'],
    ['a duration that is none, with what to write', channel({ retentionDuration: '7d' }), /spec\.retentionDuration: Invalid value: [^:]*: must be an ISO-8601 duration such as PT30S or P7D/],
    ['a duration in a unit that does not exist', channel({ delivery: { timeout: 'PT30X' } }), /spec\.delivery\.timeout: Invalid value: [^:]*: must be an ISO-8601 duration/],
    ['a subscriber without an address', channel({ subscribers: [{ uid: 'u' }] }), 'a subscriber needs a subscriberUri or a replyUri'],
    ['an unknown back-off', channel({ delivery: { backoffPolicy: 'quadratic' } }), 'backoffPolicy'],
    ['a delay that is no duration', channel({ subscribers: [{ ...subscriber, delivery: { backoffDelay: 'P1DT' } }] }), 'must be an ISO-8601 duration'],
    ['a name that cannot be a Service', channel({}, '1c'), 'metadata.name must be a DNS label'],
    ['a name of 64 characters', channel({}, `a${'b'.repeat(63)}`), 'metadata.name must be a DNS label'],
    ['a topic name with a slash', channel({ topic: { name: 'a/b' } }), 'topic.name'],
    ['an unknown delivery order', channel({ dispatcher: { deliveryOrder: 'random' } }), 'deliveryOrder'],
    ['nothing in flight', channel({ dispatcher: { maxInFlight: 0 } }), 'maxInFlight'],
    ['more in flight than a pod can take', channel({ dispatcher: { maxInFlight: 10_001 } }), 'maxInFlight'],
    ['resources that are no quantity', channel({ dispatcher: { resources: { requests: { cpu: 'much' } } } }), 'requests.cpu'],
    ['less memory than none', channel({ dispatcher: { resources: { limits: { memory: -1 } } } }), 'limits.memory'],
    ['a resource that a dispatcher has no use for', channel({ dispatcher: { resources: { limits: { 'nvidia.com/gpu': 1 } } } }), 'nvidia.com/gpu'],
    ['a field that does not exist', channel({ partitions: 3 }), 'unknown field'],
    ['a topic without a Secret', topic({ topicName: 'x' }), 'kafkaSecret'],
    ['a group that starts nowhere', group({ group: 'g', topic: 't', kafkaSecret: 'kafka', startAt: 'tomorrow' }), 'startAt'],
  ])('%s', async (_title, object, message) => {
    await expect(kubernetes.dryRun([object])).rejects.toThrow(message);
  });
});

describe('of what exists, the API server', () => {
  const created = { numPartitions: 4, replicationFactor: 1, topic: { name: 'orders' } };

  beforeAll(async () => {
    await kubernetes.apply([
      channel(created, 'created'),
      topic({ topicName: 'x', kafkaSecret: 'kafka', partitions: 4 }, 'created'),
      group({ group: 'g', topic: 't', kafkaSecret: 'kafka' }, 'created'),
    ]);
  });

  const change = (resource: string, spec: object): Promise<string> => kubernetes.patch(resource, 'created', namespace, { spec }, '--dry-run=server');

  test.each([
    ['adds partitions', 'kafkachannels', { numPartitions: 5 }],
    ['changes the retention', 'kafkachannels', { retentionDuration: 'PT1H' }],
    ['changes the policy of the topic', 'kafkachannels', { topic: { deletionPolicy: 'Retain' } }],
    ['adds a subscriber', 'kafkachannels', { subscribers: [subscriber] }],
    ['asks for a replay', 'kafkaconsumergroups', { reset: { id: 'r1', to: 'earliest' } }],
  ])('%s', async (_title, resource, spec) => {
    await change(resource, spec);
  });

  test.each([
    ['takes no partition away', 'kafkachannels', { numPartitions: 3 }, 'numPartitions may only grow'],
    ['keeps the replication factor', 'kafkachannels', { replicationFactor: 2 }, 'replicationFactor is fixed'],
    ['keeps the name of the topic', 'kafkachannels', { topic: { name: 'others' } }, 'topic.name is fixed'],
    ['keeps the name of the topic where it would become the default', 'kafkachannels', { topic: null }, 'topic.name is fixed'],
    ['keeps the name of a KafkaTopic', ourKafkaTopics, { topicName: 'y' }, 'topicName is fixed'],
    ['keeps the id of a group', 'kafkaconsumergroups', { group: 'h' }, 'group and topic are fixed'],
  ])('%s', async (_title, resource, spec, message) => {
    await expect(change(resource, spec)).rejects.toThrow(message);
  });

  test('fills in the defaults, a status that no reader takes for done included', async () => {
    const bare = { apiVersion: 'messaging.knative.dev/v1beta1', kind: 'KafkaChannel', metadata: { name: 'defaults', namespace } };
    const { spec, status } = JSON.parse(await kubernetes.apply([bare], '--dry-run=server', '-o', 'json')) as KubernetesObject;
    expect({ spec, status }).toEqual({ spec: { numPartitions: 4, replicationFactor: 1, retentionDuration: 'PT168H' }, status: { observedGeneration: -1 } });
  });
});

describe('kubectl', () => {
  const long = 'n'.repeat(30);
  const conditions = [{ type: 'Ready', status: 'True', reason: 'Ready', lastTransitionTime: '2026-11-22T09:00:00Z' }];

  test.each([
    // The address of a channel repeats its name, and has its namespace.
    ['kafkachannels', channel({}, 'n'.repeat(23)), { address: { url: `http://${'n'.repeat(23)}-kn-channel.${namespace}.svc.cluster.local` } }],
    [ourKafkaTopics, topic({ topicName: long, kafkaSecret: 'kafka' }, long), { partitions: 4 }],
    ['kafkaconsumergroups', group({ group: long, topic: 't', kafkaSecret: 'kafka' }, long), { lag: '12000', members: 3, oldest: '15m' }],
  ])('K2: shows %s of a long name in 120 columns', async (resource, object, status) => {
    await kubernetes.apply([object]);
    const { name } = (object as KubernetesObject).metadata;
    await kubernetes.patch(resource, name, namespace, { status: { ...status, conditions } }, '--subresource=status');
    const { lines, widest } = await tableOf(kubernetes, resource, namespace);
    expect(lines.find(({ NAME }) => NAME === name)).toMatchObject({ READY: 'True', REASON: 'Ready' });
    expect(widest).toBeLessThanOrEqual(120);
    await kubernetes.run('delete', resource, name, '-n', namespace);
  });

  describe('K3: with Strimzi beside us', () => {
    let cache: string;

    beforeAll(async () => {
      cache = await mkdtemp(join(tmpdir(), 'knative-kafka-kubectl-'));
      await kubernetes.apply([{ apiVersion: strimziApiVersion, kind: 'KafkaTopic', metadata: { name: 'theirs', namespace }, spec: {} }, topic({ topicName: 'ours', kafkaSecret: 'kafka' }, 'ours')], `--cache-dir=${cache}`);
    });

    afterAll(async () => {
      await rm(cache, { recursive: true });
    });

    test.each([['kafkatopics', 'theirs'], ['kafkatopic', 'theirs'], ['kt', 'theirs'], ['kct', 'ours'], [ourKafkaTopics, 'ours']])('%s are %s', async (resource, whose) => {
      const names = await kubernetes.run('get', resource, '-n', namespace, '-o', 'name', `--cache-dir=${cache}`);
      expect(names.split('\n').map((name) => name.split('/')[1])).toContain(whose);
      expect(names).not.toContain(whose === 'ours' ? '/theirs' : '/ours');
    });
  });
});

const golden = goldenAnswers();

describe('of the recorded answers of the hooks, the API server accepts', () => {
  const withChildren = golden.filter(({ children }) => children.length > 0);

  beforeAll(async () => {
    await createNamespaces(...new Set(withChildren.flatMap(({ children }) => children.map(({ metadata }) => metadata.namespace ?? namespace))));
  });

  test.each(withChildren)('the children of $file', async ({ children }) => {
    await kubernetes.dryRun(children);
  });

  test.each(withChildren.filter(({ file }) => file.endsWith('pods-as-the-administrator-sets-them.answer.yaml')))('A5, I9: every leaf of the Deployment of $file as it is', async ({ children }) => {
    const deployments = children.filter(({ kind }) => kind === 'Deployment');
    expect(deployments).toHaveLength(1);
    for (const deployment of deployments) await keptAsItIs(JSON.stringify(deployment));
  });

  test.each(withChildren.filter(({ children }) => children.some(({ kind }) => kind === 'HorizontalPodAutoscaler')))('A5: every leaf of the autoscaler of $file as it is', async ({ children }) => {
    await keptAsItIs(JSON.stringify(children[0]));
  });

  test.each(golden.filter(({ status }) => status !== undefined))('the status of $file, every field of it', async ({ parentKind = '', status }) => {
    const kept = await kubernetes.patch(parentKind === 'KafkaTopic' ? ourKafkaTopics : `${parentKind.toLowerCase()}s`, 'created', namespace, { status }, '--subresource=status', '--dry-run=server', '-o', 'json');
    expect((JSON.parse(kept) as KubernetesObject)['status']).toEqual(status);
  });
});

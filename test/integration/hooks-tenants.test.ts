import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import kafkajs from 'kafkajs';

import { dispatcherFileName, parseDispatcherFile } from '../../contract/dispatcher-file.ts';
import { label } from '../../contract/names.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import type { HooksInProcess } from '../../local/hooks-in-process.ts';
import { hooksInProcess } from '../../local/hooks-in-process.ts';
import { withDefaults } from '../../local/manifests/load.ts';
import { shippedControllers } from '../../local/metacontroller/controllers.ts';
import { idOf } from '../../local/metacontroller/resources.ts';
import { settle } from '../../local/metacontroller/settle.ts';
import { ObjectStore } from '../../local/metacontroller/store.ts';
import { attacks, tenant, victim } from '../support/attacks.ts';
import { aSecret, systemNamespace } from '../support/hook-objects.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import { createTopic, withAdmin, withProducer } from '../support/kafkajs.ts';

jest.setTimeout(60_000);
let broker: TestKafka;
let hooks: HooksInProcess;
const store = new ObjectStore(withDefaults);
const channelOfVictim: KubernetesObject = {
  apiVersion: 'messaging.knative.dev/v1',
  kind: 'KafkaChannel',
  metadata: { namespace: 'shop', name: 'orders' },
  spec: { kafkaSecret: 'kafka', subscribers: [{ uid: victim.uid, subscriberUri: 'http://billing.shop/' }] },
};

/** Lets the hooks come to rest; topics and groups that Kafka knows of later are asked about again. */
async function atRest(): Promise<void> {
  for (let round = 0; round < 40; round += 1) {
    await settle(shippedControllers(), store, hooks.call);
    const waiting = store.all().some(({ kind, status, metadata }) => ['KafkaTopic', 'KafkaConsumerGroup'].includes(kind) && metadata.namespace === systemNamespace && readyOf(status) === 'Unknown');
    if (!waiting) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function readyOf(status: unknown): string | undefined {
  const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.find(({ type }) => type === 'Ready')?.status;
}

beforeAll(async () => {
  broker = await testKafka();
  hooks = hooksInProcess(systemNamespace);
  await createTopic(broker.bootstrap, victim.foreignTopic, 2);
  const caps = { 'partitions.max': '12', 'replicas.max': '1', 'dispatcher.replicas.max': '3', 'dispatcher.cpu.max': '1', 'dispatcher.memory.max': '1Gi' };
  const secrets = [aSecret({ 'bootstrap.servers': broker.bootstrap, ...caps }), aSecret({ 'bootstrap.servers': broker.bootstrap, 'namespaces.allowed': 'shop' }, { name: victim.privateSecret, uid: 'private-uid' })];
  for (const name of ['shop', tenant, systemNamespace]) store.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  for (const object of [...secrets, channelOfVictim]) store.put(object);
  await atRest();
  await withProducer(broker.bootstrap, async (producer) => {
    for (const topic of [victim.foreignTopic, victim.topic]) await producer.send({ topic, messages: [{ value: 'secret' }] });
  });
}, 120_000);
afterAll(async () => {
  await hooks.close();
  await broker.stop();
});

/** Lists that a broker gives in no order, in one. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, inOrder(inner)])) : value;
}

/** Everything of the victim's on Kafka that a tenant could have touched. */
async function seenOnKafka(): Promise<unknown> {
  return await withAdmin(broker.bootstrap, async (admin) => {
    const topics = [victim.foreignTopic, victim.topic];
    const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: topics.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })) });
    return inOrder({
      topics: (await admin.listTopics()).filter((topic) => !topic.includes(`.${tenant}.`)).sort(),
      groups: (await admin.listGroups()).groups.map(({ groupId }) => groupId).filter((group) => !group.startsWith(`kafka.${tenant}.`)),
      metadata: await admin.fetchTopicMetadata({ topics }),
      configs: resources.map(({ configEntries }) => configEntries),
      ends: await Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic))),
      committed: await admin.fetchOffsets({ groupId: victim.group, topics: [victim.topic] }),
    });
  });
}

/** The victim's objects, without what a write of status alone changes. */
function seenInCluster(): unknown[] {
  const own = store.all().filter(({ metadata }) => metadata.namespace !== tenant && metadata.labels?.[label.channelNamespace] !== tenant);
  return own.map(({ metadata: { name, namespace, uid, generation }, kind, ...object }) => ({ kind, name, namespace, uid, generation, spec: object['spec'], data: object['data'] }));
}

function childrenOfTenant(): KubernetesObject[] {
  return store.all().filter(({ metadata }) => metadata.namespace === systemNamespace && metadata.labels?.[label.channelNamespace] === tenant);
}

/** Every topic, group, Secret and topic setting that what runs for the tenant is told of. */
function reachOfTenant(): unknown[] {
  return childrenOfTenant().flatMap(({ kind, ...child }) => {
    const { topicName, topic, group, kafkaSecret, config, template } = (child['spec'] ?? {}) as { topicName?: string; topic?: string; group?: string; kafkaSecret?: string; config?: object; template?: { spec: { volumes: { secret?: { secretName: string } }[] } } };
    const file = kind === 'ConfigMap' ? parseDispatcherFile((child['data'] as Record<string, string>)[dispatcherFileName] ?? '') : undefined;
    const secrets = template?.spec.volumes.map(({ secret }) => secret?.secretName) ?? [];
    return [topicName, topic, group, kafkaSecret, ...Object.keys(config ?? {}), ...secrets, file?.topic, ...(file?.subscriptions ?? []).map((subscription) => subscription.group)].filter((name) => name !== undefined);
  });
}

const own = /^(kafka|retention\.ms|(knative-messaging-)?kafka\.mallory\..+)$/;

test('the victim\'s channel runs', () => {
  expect(store.list('knative-kafka.io/v1', 'KafkaConsumerGroup').map(({ status }) => readyOf(status))).toEqual(['True']);
});

describe('T3, T4, T5: a tenant that applies', () => {
  test.each(attacks)('$name: reads, alters and deletes nothing that is not its own', async ({ manifests }) => {
    const before = { kafka: await seenOnKafka(), cluster: seenInCluster() };
    for (const manifest of manifests) {
      const { status, ...object } = manifest;
      store.put(object);
      if (typeof status === 'object' && status !== null) store.setStatus(idOf(manifest), status);
    }
    await atRest();
    expect({ kafka: await seenOnKafka(), cluster: seenInCluster() }).toEqual(before);
    expect(reachOfTenant().filter((name) => !own.test(String(name)))).toEqual([]);
    expect(JSON.stringify(store.all().filter(({ kind, metadata }) => kind === 'Pod' && metadata.namespace === tenant))).not.toContain('config-version');

    for (const manifest of manifests) store.remove(idOf(manifest));
    await atRest();
    expect({ kafka: await seenOnKafka(), cluster: seenInCluster() }).toEqual(before);
    expect(childrenOfTenant().map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([]);
  });

  test('are twenty and more', () => expect(attacks.length).toBeGreaterThanOrEqual(20));
});

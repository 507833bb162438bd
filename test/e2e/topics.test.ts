import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import type { KafkaTopic } from '../../contract/generated/kafkatopic.ts';
import { dispatcherName, groupId, label, receiverName, topicName, topicObjectName } from '../../contract/names.ts';
import type { Condition } from '../../hooks/conditions.ts';
import { conditionNamed } from '../../hooks/conditions.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { askBroker, groupsOf, settingsOf, topicsOf } from './broker.ts';
import { addressOf, channelWith, whenReady } from './channels.ts';
import { until } from './cluster/wait.ts';
import { sendFromPod } from './events.ts';
import { installed } from './installed.ts';
import type { Kubernetes } from './kubernetes.ts';
import { Sink } from './sink.ts';
import { kafkaAddress, kafkaSecret, restrictedNamespace, systemNamespace } from './system.ts';

const namespace = 'topics';
const bootstrap = kafkaAddress('KAFKA_BOOTSTRAP');
let kubernetes: Kubernetes;
let sink: Sink;

beforeAll(async () => {
  kubernetes = await installed();
  await kubernetes.apply([restrictedNamespace(namespace)]);
  sink = await Sink.start(kubernetes, namespace);
}, 300_000);

afterAll(async () => {
  await kubernetes.run('delete', 'namespace', namespace, '--timeout=60s');
}, 90_000);

const keyOf = (name: string): { namespace: string; name: string } => ({ namespace, name });
const uidOf = (name: string): string => `uid-${name}`;
const channel = (name: string, spec: object): object => channelWith(keyOf(name), { ...spec, subscribers: [{ uid: uidOf(name), name, generation: 1, subscriberUri: sink.url(`/${name}`) }] });

async function delivers(name: string, id: string): Promise<void> {
  expect(await sendFromPod(kubernetes, sink.pod, addressOf(keyOf(name)), [id])).toEqual([202]);
  await sink.receivedWhere(`/${name}`, ({ headers }) => headers['ce-id'] === id, 1, { timeoutMs: 90_000 });
}

describe('R6.2: a KafkaChannel on a topic of somebody else\'s', () => {
  const theirs = 'theirs.orders';
  const onKafka = async (): Promise<unknown> => askBroker(bootstrap, async (admin) => [(await admin.fetchTopicMetadata({ topics: [theirs] })).topics[0]?.partitions.length, await settingsOf(bootstrap, theirs)]);
  const allow = (topics: string | null): Promise<string> => kubernetes.patch('secrets', kafkaSecret, systemNamespace, { data: { 'topics.allowed': topics && Buffer.from(topics).toString('base64') } });

  beforeAll(async () => {
    await askBroker(bootstrap, (admin) => admin.createTopics({ topics: [{ topic: theirs, numPartitions: 2, replicationFactor: 1 }], waitForLeaders: true }));
  }, 30_000);

  afterAll(() => allow(null), 30_000);

  test('T3: says that it may not, until the Kafka Secret lets it', async () => {
    await kubernetes.apply([channel('external', { topic: { name: theirs, policy: 'External', config: { 'retention.ms': '1000' } } })]);
    await kubernetes.when('kafkachannels', 'external', namespace, ({ status }) => JSON.stringify(status).includes('"TopicNotAllowed"'));
    await allow('theirs.*');
    await whenReady(kubernetes, keyOf('external'));
  }, 120_000);

  test('sends to it and delivers from it, once the receivers have learnt its name', async () => {
    await until('the receivers know it', async () => ((await sendFromPod(kubernetes, sink.pod, addressOf(keyOf('external')), ['first']))[0] === 202 ? true : undefined), { timeoutMs: 30_000 });
    await delivers('external', 'second');
    expect(await topicsOf(bootstrap)).not.toContain(topicName(keyOf('external')));
  }, 180_000);

  test('alters nothing of it, and leaves it when the channel is deleted', async () => {
    const before = await onKafka();
    expect(before).toEqual([2, expect.objectContaining({ 'retention.ms': '604800000' })]);
    await kubernetes.run('delete', 'kafkachannel', 'external', '-n', namespace, '--timeout=30s');
    await kubernetes.gone('kafkatopics.knative-kafka.io', topicObjectName(keyOf('external')), systemNamespace);
    await until('its group is gone', async () => ((await groupsOf(bootstrap)).includes(groupId(keyOf('external'), uidOf('external'))) ? undefined : true));
    expect(await onKafka()).toEqual(before);
  }, 120_000);
});

describe('a KafkaChannel that runs', () => {
  const name = 'running';
  const readyOf = ({ status }: KubernetesObject): Condition | undefined => conditionNamed((status as { conditions?: Condition[] }).conditions, 'Ready');
  const deployments = [receiverName(kafkaSecret), dispatcherName(keyOf(name))];
  const uids = async (): Promise<unknown> => Promise.all(deployments.map(async (each) => (await kubernetes.get('deployments', each, systemNamespace))?.metadata.uid));

  beforeAll(async () => {
    await kubernetes.apply([channel(name, { numPartitions: 1 })]);
    await whenReady(kubernetes, keyOf(name));
    await kubernetes.rolledOut(dispatcherName(keyOf(name)), systemNamespace);
    await delivers(name, 'before');
  }, 180_000);

  test('is Ready of a change only when its topic is as asked', async () => {
    for (const numPartitions of [2, 3, 4, 5]) {
      await kubernetes.patch('kafkachannels', name, namespace, { spec: { numPartitions } });
      await whenReady(kubernetes, keyOf(name));
      const topic = (await kubernetes.get('kafkatopics.knative-kafka.io', topicObjectName(keyOf(name)), systemNamespace)) as unknown as KafkaTopic;
      expect(topic.status.partitions).toBe(numPartitions);
    }
    await delivers(name, 'grown');
  }, 180_000);

  test('goes on while its Secret is none any more, and says so', async () => {
    const before = await uids();
    await kubernetes.run('label', 'secret', kafkaSecret, '-n', systemNamespace, `${label.kafkaSecret}-`);
    try {
      const told = await kubernetes.when('kafkachannels', name, namespace, (object) => readyOf(object)?.status === 'False');
      expect(readyOf(told)).toMatchObject({ reason: 'KafkaSecretMissing', message: expect.stringContaining(label.kafkaSecret) as unknown });
      await delivers(name, 'without');
      expect(await uids()).toEqual(before);
    } finally {
      await kubernetes.run('label', 'secret', kafkaSecret, '-n', systemNamespace, `${label.kafkaSecret}=true`);
    }
    await whenReady(kubernetes, keyOf(name));
    expect(await uids()).toEqual(before);
  }, 180_000);
});

import { describe, expect, test } from '@jest/globals';

import type { KafkaTopic } from '../../contract/generated/kafkatopic.ts';
import { aSecret, frozen, groupsOf, hooksConfigForTests, systemNamespace } from '../../test/support/hook-objects.ts';
import { seeded } from '../../test/support/random.ts';
import { notedChannelState } from '../channel-state.ts';
import type { KubernetesObject, ObjectGroups } from '../metacontroller.ts';
import type { StrimziTopic } from '../strimzi-topic.ts';
import { isDeletedWithObject } from '../topic-spec.ts';
import { syncNamespace } from './sync.ts';

type Topic = (KafkaTopic | StrimziTopic) & KubernetesObject;

const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
const strimziGroup = 'KafkaTopic.kafka.strimzi.io/v1';
const name = 'knative-messaging-kafka.shop.orders';
const inKafka = { 'strimzi.namespace': 'kafka', 'strimzi.cluster': 'my-cluster' };
const inProd = { 'strimzi.namespace': 'kafka-prod', 'strimzi.cluster': 'prod' };

interface World {
  spec: { numPartitions: number; topic?: { name?: string; policy?: string; deletionPolicy?: string } };
  /** Keys of the Kafka Secret beside the connection; undefined where there is no Secret. */
  keys: Record<string, string> | undefined;
  /** Whether the component is installed. */
  installed: boolean;
  topics: Topic[];
}

const isStrimzi = ({ apiVersion }: KubernetesObject): boolean => apiVersion === 'kafka.strimzi.io/v1';

function answerTo({ spec, keys, installed, topics }: World): KubernetesObject[] {
  const channel = { apiVersion: 'messaging.knative.dev/v1', kind: 'KafkaChannel', metadata: { namespace: 'shop', name: 'orders', generation: 1 }, spec: { replicationFactor: 1, ...spec }, status: {} };
  const secrets = keys ? [aSecret({ 'bootstrap.servers': 'k:9092', 'topics.allowed': '*', ...keys })] : [];
  const attachments: ObjectGroups = { 'KafkaTopic.knative-kafka.io/v1': {}, ...(installed && { [strimziGroup]: {} }), ...groupsOf(...topics.filter((topic) => installed || !isStrimzi(topic))) };
  const related = { 'Secret.v1': {}, ...groupsOf(channel, ...secrets) };
  return syncNamespace(frozen({ object: namespace, attachments, related, finalizing: false }), hooksConfigForTests).attachments as KubernetesObject[];
}

const topicsIn = (answer: readonly KubernetesObject[]): Topic[] => answer.filter(({ kind }) => kind === 'KafkaTopic');
const placeOf = ({ apiVersion, metadata }: KubernetesObject): string => `${apiVersion} ${metadata.namespace}`;
const ours = `knative-kafka.io/v1 ${systemNamespace}`;
const world = (rest: Partial<World> = {}): World => ({ spec: { numPartitions: 4 }, keys: inKafka, installed: true, topics: [], ...rest });
const placesFor = (rest: Partial<World>): string[] => topicsIn(answerTo(world(rest))).map(placeOf);

/** As it is once whoever looks after it has done what it asks for. */
function done(topic: Topic): Topic {
  const managed = topic.metadata.annotations?.['strimzi.io/managed'] !== 'false';
  return { ...topic, status: { observedGeneration: topic.metadata.generation ?? 1, conditions: [{ type: managed ? 'Ready' : 'Unmanaged', status: 'True' }] } };
}

const asked = (rest: Partial<World>): Topic[] => topicsIn(answerTo(world(rest)));

describe('the KafkaTopic of a channel', () => {
  test.each<[string, Partial<World>, string]>([
    ['Strimzi\'s, where the Kafka Secret names one', {}, 'kafka.strimzi.io/v1 kafka'],
    ['ours, where it names none', { keys: {} }, ours],
    ['ours, where the component is not installed', { installed: false }, ours],
    ['ours for a topic that is somebody else\'s', { spec: { numPartitions: 4, topic: { policy: 'External' } } }, ours],
    ['ours for a topic of another name, which may be somebody else\'s', { spec: { numPartitions: 4, topic: { name: 'orders' } } }, ours],
    ['ours, where it was ours before', { topics: asked({ installed: false }) }, ours],
    ['Strimzi\'s, where ours would leave the topic behind', { topics: asked({ installed: false, spec: { numPartitions: 4, topic: { deletionPolicy: 'Retain' } } }) }, 'kafka.strimzi.io/v1 kafka'],
    ['where it was, when the Secret names another Strimzi', { topics: asked({}), keys: inProd }, 'kafka.strimzi.io/v1 kafka'],
    ['where it was, when the Secret names none any more', { topics: asked({}), keys: {} }, 'kafka.strimzi.io/v1 kafka'],
    ['where it was, when the Secret is gone', { topics: asked({}), keys: undefined }, 'kafka.strimzi.io/v1 kafka'],
    ['where it was, when the Secret cannot be read', { topics: asked({}), keys: { 'strimzi.cluster': 'prod' } }, 'kafka.strimzi.io/v1 kafka'],
  ])('is %s', (_name, rest, place) => {
    expect(placesFor(rest)).toEqual([place]);
  });

  test('has the cluster that the Secret names, once a wrong one is mended', () => {
    const topics = asked({ keys: { ...inKafka, 'strimzi.cluster': 'my-clutser' } });
    expect(asked({ topics })[0]?.metadata.labels).toMatchObject({ 'strimzi.io/cluster': 'my-cluster' });
  });

  test('is asked for with the name, partitions, replicas and settings of the topic', () => {
    expect(asked({ spec: { numPartitions: 12 } })).toMatchObject([{ metadata: { name }, spec: { topicName: name, partitions: 12, replicas: 1, config: { 'retention.ms': '604800000' } } }]);
  });

  test('H3: that no longer says on which Kafka it is, is not decided about where nothing else says it', () => {
    const [topic] = asked({}) as [Topic];
    const topics = [{ ...topic, metadata: { ...topic.metadata, annotations: { 'strimzi.io/managed': 'true' } } }];
    expect(() => answerTo(world({ topics, keys: undefined }))).toThrow(`KafkaTopic "${name}" of Strimzi has lost annotation knative-kafka.io/used-secret: annotate it with the name of its Kafka Secret`);
    expect(asked({ topics })[0]?.metadata.annotations).toMatchObject({ 'knative-kafka.io/used-secret': 'kafka' });
  });

  test('that is retained is told Ready as retained only when the Topic Operator leaves it alone', () => {
    const spec = { numPartitions: 4, topic: { deletionPolicy: 'Retain' } };
    const policyTold = (topics: Topic[]): string | undefined => notedChannelState(answerTo(world({ spec, topics })).find(({ kind }) => kind === 'ConfigMap'))?.topic.deletionPolicy;
    const made = asked({ spec }).map(done);
    expect(policyTold(made)).toBe('Delete');
    expect(policyTold(asked({ spec, topics: made }).map(done))).toBe('Retain');
  });
});

test('a topic that is retained goes to another Topic Operator, which makes it first, and is told as that one has it', () => {
  const spec = { numPartitions: 4, topic: { deletionPolicy: 'Retain' } };
  const left = asked({ spec, topics: asked({ spec }).map(done) }).map(done);
  const [moved] = asked({ spec, topics: left, keys: inProd }) as [Topic];
  expect(moved).toMatchObject({ metadata: { namespace: 'kafka-prod', labels: { 'strimzi.io/cluster': 'prod' }, annotations: { 'strimzi.io/managed': 'true' } } });
  const going = left.map((topic) => ({ ...topic, metadata: { ...topic.metadata, deletionTimestamp: '2026-11-22T09:00:00Z' } }));
  const told = answerTo(world({ spec, topics: [...going, done(moved)], keys: inProd })).find(({ kind }) => kind === 'ConfigMap');
  expect(notedChannelState(told)?.topicReady).toEqual({ ok: true, reason: 'Ready' });
});

type Pick = <T>(values: readonly [T, ...T[]]) => T;

const changes: ((world: World, pick: Pick) => Partial<World>)[] = [
  (_, pick) => ({ keys: pick<World['keys']>([inKafka, inProd, {}, { 'strimzi.cluster': 'x' }, undefined]) }),
  ({ installed }) => ({ installed: !installed }),
  ({ spec }, pick) => ({ spec: { ...spec, topic: { ...spec.topic, policy: pick(['Managed', 'External']) } } }),
  ({ spec }, pick) => ({ spec: { ...spec, topic: { ...spec.topic, deletionPolicy: pick(['Delete', 'Retain']) } } }),
  ({ spec }) => ({ spec: { ...spec, numPartitions: spec.numPartitions + 1 } }),
];

/** Whether a topic goes with its object; ours deletes only what it made. */
function takesTopicAlong(topic: Topic): boolean {
  if (isStrimzi(topic)) return topic.metadata.annotations?.['strimzi.io/managed'] !== 'false';
  return isDeletedWithObject((topic as KafkaTopic).spec) && topic.metadata.annotations?.['test/made'] === 'true';
}

/** What Metacontroller makes of an answer, and which objects it deletes. */
function applied({ topics, installed }: World, answer: readonly Topic[]): { topics: Topic[]; deleted: Topic[] } {
  const wanted = new Map(answer.map((topic) => [placeOf(topic), topic]));
  const isKept = (topic: Topic): boolean => wanted.has(placeOf(topic)) || (isStrimzi(topic) && !installed);
  const others = topics.filter((topic) => isKept(topic) && !wanted.has(placeOf(topic)));
  const exists = topics.length > 0;
  const written = answer.map((topic): Topic => {
    const before = topics.find((each) => placeOf(each) === placeOf(topic));
    const generation = (before?.metadata.generation ?? 0) + Number(JSON.stringify(before?.spec) !== JSON.stringify(topic.spec));
    const made = before ? before.metadata.annotations?.['test/made'] : String(!exists);
    return { ...topic, metadata: { ...topic.metadata, generation, annotations: { ...topic.metadata.annotations, ...(made && { 'test/made': made }) } }, ...(before?.status && { status: before.status }) };
  });
  return { topics: [...others, ...written], deleted: topics.filter((topic) => !isKept(topic)) };
}

describe('whatever an administrator or a tenant changes', () => {
  test('no topic is deleted while its channel is there, and there is one KafkaTopic when all has come to rest', () => {
    for (let seed = 0; seed < 300; seed += 1) {
      const random = seeded(seed);
      const pick: Pick = (values) => values[Math.floor(random() * values.length)] as (typeof values)[0];
      let now = world({ keys: pick<World['keys']>([inKafka, {}]), installed: random() < 0.5 });
      const step = (): void => {
        const { topics, deleted } = applied(now, topicsIn(answerTo(now)));
        expect({ seed, deleted: deleted.filter(takesTopicAlong) }).toEqual({ seed, deleted: [] });
        now = { ...now, topics };
      };
      for (let turn = 0; turn < 30; turn += 1) {
        if (random() < 0.3) now = { ...now, ...pick(changes as [(typeof changes)[0]])(now, pick) };
        step();
        if (random() < 0.5) now = { ...now, topics: now.topics.map((topic) => (random() < 0.7 ? done(topic) : topic)) };
      }
      now = { ...now, installed: true, keys: inKafka };
      for (let turn = 0; turn < 4; turn += 1) {
        step();
        now = { ...now, topics: now.topics.map(done) };
      }
      expect({ seed, topics: now.topics.length }).toEqual({ seed, topics: 1 });
      expect({ seed, again: topicsIn(answerTo(now)).map(({ spec }) => spec) }).toEqual({ seed, again: now.topics.map(({ spec }) => spec) });
    }
  });
});

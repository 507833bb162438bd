import { expect, jest, test } from '@jest/globals';

import type { KafkaConsumerGroup } from '../contract/generated/kafkaconsumergroup.ts';
import type { KafkaTopic } from '../contract/generated/kafkatopic.ts';
import { KafkaError } from '../hooks/kafka/kafka-error.ts';
import type { CompositeAnswer } from '../hooks/metacontroller.ts';
import { hookRoutes } from '../hooks/routes.ts';
import { createLogger } from '../runtime/log.ts';
import { aKafkaConsumerGroup, aKafkaTopic, aSecret, frozen, groupsOf, hooksConfigForTests } from './support/hook-objects.ts';
import { modelKafka } from './support/model-kafka.ts';
import { seeded } from './support/random.ts';

/** MODEL_RUNS=10000 is the full size; the seed of a failing run is in its message. */
const runs = Number(process.env['MODEL_RUNS'] ?? 300);
const steps = 12;
jest.setTimeout(900_000);

const related = groupsOf(aSecret({ 'bootstrap.servers': 'k:9092' }));
const pick = <T>(values: readonly T[], random: () => number): T => values[Math.floor(random() * values.length)] as T;
const isAsked = ({ status }: KafkaTopic): boolean => status.conditions?.[0]?.reason === 'TopicCreating';

interface World {
  readonly kafka: ReturnType<typeof modelKafka>;
  readonly call: (path: string, parent: object) => Promise<CompositeAnswer>;
}

function world(): World {
  const kafka = modelKafka();
  const hooks = hookRoutes({ config: hooksConfigForTests, kafka, logger: createLogger('test', 'silent'), now: () => new Date(1_795_000_000_000) });
  return { kafka, call: async (path, parent) => (await hooks.get(path)?.(frozen({ parent, children: {}, related, finalizing: path.endsWith('finalize') }))) as CompositeAnswer };
}

/** One request in five is not answered: before it is done, or after. */
function withTrouble({ kafka }: World, random: () => number): void {
  const trouble = (): void => {
    if (random() < 0.1) throw new KafkaError('unreachable', 'Kafka does not answer');
  };
  Object.assign(kafka, { fails: trouble, loses: trouble });
}

function withoutTrouble({ kafka }: World): void {
  Object.assign(kafka, { fails: () => undefined, loses: () => undefined });
}

async function synced<T extends KafkaTopic | KafkaConsumerGroup>({ call }: World, path: string, object: T): Promise<T> {
  const { status } = await call(path, object);
  return { ...object, status: structuredClone(status) as T['status'] };
}

test('M9: whatever is changed by hand or goes unanswered, a topic that is not on record as ours is never deleted, and three syncs bring it to what is asked for', async () => {
  for (let seed = 0; seed < runs; seed += 1) {
    const random = seeded(seed);
    const here = world();
    const foreign = new Set<string>();
    let topic = aKafkaTopic({ topicName: 'orders', policy: random() < 0.2 ? 'External' : 'Managed' });
    const somebodyCreates = (): void => {
      if (here.kafka.topics.has('orders') || isAsked(topic)) return;
      const id = `foreign-${foreign.size}`;
      foreign.add(id);
      here.kafka.topics.set('orders', { id, partitions: 1 + Math.floor(random() * 5), settings: new Map([['cleanup.policy', { value: 'compact', own: true }]]) });
    };
    const edits = [
      somebodyCreates,
      () => void here.kafka.topics.delete('orders'),
      () => void here.kafka.topics.get('orders')?.settings.set('retention.ms', { value: '7', own: true }),
      () => void (topic = { ...topic, spec: { ...topic.spec, partitions: topic.spec.partitions + 1 } }),
      () => void (topic = { ...topic, spec: { ...topic.spec, config: { 'retention.ms': String(1000 + seed) } } }),
    ];
    withTrouble(here, random);
    for (let step = 0; step < steps; step += 1) {
      if (random() < 0.5) pick(edits, random)();
      topic = await synced(here, '/kafkatopic/sync', topic);
    }
    withoutTrouble(here);
    for (let round = 0; round < 3; round += 1) topic = await synced(here, '/kafkatopic/sync', topic);
    const found = here.kafka.topics.get('orders');
    const asked = topic.spec.policy === 'External' ? {} : { partitions: Math.max(found?.partitions ?? 0, topic.spec.partitions), ...topic.spec.config };
    const is = topic.spec.policy === 'External' ? {} : { partitions: found?.partitions, ...Object.fromEntries(Object.keys(topic.spec.config).map((name) => [name, found?.settings.get(name)?.value])) };
    expect({ seed, ...is }).toEqual({ seed, ...asked });
    expect({ seed, status: (await synced(here, '/kafkatopic/sync', topic)).status }).toEqual({ seed, status: topic.status });
    const { finalized } = await here.call('/kafkatopic/finalize', { ...topic, metadata: { ...topic.metadata, deletionTimestamp: '2020-01-01T00:00:00Z' } });
    expect({ seed, finalized, foreignDeleted: here.kafka.deleted.filter((id) => foreign.has(id)) }).toEqual({ seed, finalized: true, foreignDeleted: [] });
  }
});

test('M9, T3: of two channels that name one topic, neither deletes what the other made, whichever of their requests go unanswered', async () => {
  for (let seed = 0; seed < runs; seed += 1) {
    const random = seeded(seed);
    const here = world();
    const makers = new Map<string, string>();
    const fresh = (channel: string): KafkaTopic => aKafkaTopic({ topicName: 'orders' }, { metadata: { name: `knative-messaging-kafka.${channel}.orders` } });
    const topics = new Map(['a', 'b'].map((channel) => [channel, fresh(channel)]));
    withTrouble(here, random);
    for (let step = 0; step < 2 * steps; step += 1) {
      const channel = pick([...topics.keys()], random);
      const topic = topics.get(channel) ?? fresh(channel);
      const deletes = random() < 0.2;
      const deletedBefore = here.kafka.deleted.length;
      if (deletes) await here.call('/kafkatopic/finalize', { ...topic, metadata: { ...topic.metadata, deletionTimestamp: '2020-01-01T00:00:00Z' } });
      topics.set(channel, deletes ? fresh(channel) : await synced(here, '/kafkatopic/sync', topic));
      const id = here.kafka.topics.get('orders')?.id;
      if (id !== undefined && !makers.has(id)) makers.set(id, channel);
      const deleted = here.kafka.deleted.slice(deletedBefore);
      expect({ seed, step, channel, madeBy: deleted.map((each) => makers.get(each)) }).toEqual({ seed, step, channel, madeBy: deleted.map(() => channel) });
    }
  }
});

/** Partitions whose offset is another one, or, for a group that had started, whose first one leaves events out. */
function moved(before: ReadonlyMap<number, bigint>, after: ReadonlyMap<number, bigint>, started: boolean): number[] {
  const changed = [...before].filter(([partition, offset]) => after.get(partition) !== offset);
  const skipped = [...after].filter(([partition, offset]) => started && !before.has(partition) && offset !== 0n);
  return [...changed, ...skipped].map(([partition]) => partition);
}

test('M9: a group that has once been Ready has an offset for every partition after three syncs, and none of them moves by itself', async () => {
  for (let seed = 0; seed < runs; seed += 1) {
    const random = seeded(seed);
    const here = world();
    here.kafka.topics.set('orders', { id: 'id', partitions: 1 + Math.floor(random() * 4), settings: new Map() });
    let group = aKafkaConsumerGroup({ group: 'g', topic: 'orders', startAt: pick(['latest', 'earliest'], random) });
    withTrouble(here, random);
    for (let step = 0; step < steps; step += 1) {
      const topic = here.kafka.topics.get('orders');
      if (topic && random() < 0.2) topic.partitions += 1;
      const before = new Map(here.kafka.groups.get('g'));
      const started = group.status.initialized === true;
      group = await synced(here, '/kafkaconsumergroup/sync', group);
      expect({ seed, step, moved: moved(before, new Map(here.kafka.groups.get('g')), started) }).toEqual({ seed, step, moved: [] });
    }
    withoutTrouble(here);
    for (let round = 0; round < 3; round += 1) group = await synced(here, '/kafkaconsumergroup/sync', group);
    expect({ seed, offsets: here.kafka.groups.get('g')?.size, ready: group.status.conditions?.[0]?.status }).toEqual({ seed, offsets: here.kafka.topics.get('orders')?.partitions, ready: 'True' });
  }
});

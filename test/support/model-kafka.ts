import type { Kafka, KafkaAdmin, TopicSetting } from '../../hooks/kafka/kafka-admin.ts';
import { KafkaError } from '../../hooks/kafka/kafka-error.ts';

export interface ModelTopic {
  id: string;
  partitions: number;
  settings: Map<string, TopicSetting>;
}

/** A Kafka as a table: topics and committed offsets. `deleted` are the ids of topics that were deleted through it. */
export interface ModelKafka extends Kafka {
  readonly topics: Map<string, ModelTopic>;
  readonly groups: Map<string, Map<number, bigint>>;
  readonly deleted: string[];
  /** Asked before each request; what it throws is what Kafka answers. */
  fails: (request: string) => void;
  /** Asked after each request: what it throws is answered in place of what was done. */
  loses: (request: string) => void;
}

/** Every topic ends at offset 10. */
const end = 10n;

export function modelKafka(): ModelKafka {
  const topics = new Map<string, ModelTopic>();
  const groups = new Map<string, Map<number, bigint>>();
  const deleted: string[] = [];
  let ids = 0;
  const known = (name: string): ModelTopic => {
    const topic = topics.get(name);
    if (!topic) throw new KafkaError('topic-missing', 'the topic does not exist');
    return topic;
  };
  const admin: KafkaAdmin = {
    topic: (name) => answered('topic', () => topics.get(name) && { id: known(name).id, partitions: known(name).partitions }),
    topicSettings: (name) => answered('topicSettings', () => known(name).settings),
    createTopic: ({ topic, partitions, config }) =>
      answered('createTopic', () => {
        if (topics.has(topic)) throw new KafkaError('topic-exists', 'the topic exists');
        const id = `id-${++ids}`;
        topics.set(topic, { id, partitions, settings: new Map(Object.entries(config).map(([name, value]) => [name, { value, own: true }])) });
        return id;
      }),
    growTopic: (name, partitions) => answered('growTopic', () => void (known(name).partitions = partitions)),
    changeTopicSettings: (name, changes) =>
      answered('changeTopicSettings', () => {
        for (const change of changes) known(name).settings.set(change.name, { value: change.value, own: change.value !== null });
      }),
    deleteTopic: (name) =>
      answered('deleteTopic', () => {
        deleted.push(known(name).id);
        topics.delete(name);
      }),
    committedOffsets: (group) => answered('committedOffsets', () => new Map(groups.get(group))),
    offsetsAt: (_topic, partitions, at) => answered('offsetsAt', () => new Map(partitions.map((partition) => [partition, at === 'earliest' ? 0n : end]))),
    commitOffsets: (group, _topic, offsets) => answered('commitOffsets', () => void groups.set(group, new Map([...(groups.get(group) ?? []), ...offsets]))),
    members: () => answered('members', () => 0),
    deleteGroup: (group) => answered('deleteGroup', () => void groups.delete(group)),
  };
  const model: ModelKafka = {
    topics,
    groups,
    deleted,
    fails: () => undefined,
    loses: () => undefined,
    use: async (_secret, work) => await work(admin, new AbortController().signal),
    close: () => Promise.resolve(),
  };
  const answered = async <T>(request: string, answer: () => T): Promise<T> => {
    await Promise.resolve();
    model.fails(request);
    const result = answer();
    model.loses(request);
    return result;
  };
  return model;
}

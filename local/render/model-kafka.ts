import { createHash } from 'node:crypto';

import type { Kafka, KafkaAdmin, NewTopic, Offsets } from '../../hooks/kafka/kafka-admin.ts';

/** A Kafka that does what it is asked and holds no events: for rendering what comes of it. */
export function modelKafka(): Kafka {
  const topics = new Map<string, NewTopic>();
  const committed = new Map<string, Offsets>();
  const admin: KafkaAdmin = {
    topic: (name) => {
      const topic = topics.get(name);
      return Promise.resolve(topic && { id: idOf(name), partitions: topic.partitions });
    },
    topicSettings: (name) => Promise.resolve(new Map(Object.entries(topics.get(name)?.config ?? {}).map(([key, value]) => [key, { value, own: true }]))),
    createTopic: (topic) => {
      topics.set(topic.topic, topic);
      return Promise.resolve(idOf(topic.topic));
    },
    growTopic: () => Promise.resolve(),
    changeTopicSettings: () => Promise.resolve(),
    deleteTopic: () => Promise.resolve(),
    committedOffsets: (group) => Promise.resolve(committed.get(group) ?? new Map<number, bigint>()),
    offsetsAt: (_topic, partitions) => Promise.resolve(new Map(partitions.map((partition) => [partition, 0n]))),
    commitOffsets: (group, _topic, offsets) => {
      committed.set(group, new Map([...(committed.get(group) ?? []), ...offsets]));
      return Promise.resolve();
    },
    members: () => Promise.resolve(0),
    deleteGroup: () => Promise.resolve(),
  };
  return { use: (_secret, work) => work(admin, new AbortController().signal), close: () => Promise.resolve() };
}

function idOf(topic: string): string {
  return createHash('sha256').update(topic).digest('base64url').slice(0, 22);
}

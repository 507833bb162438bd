import type { KafkaAdmin, TopicOnBroker, TopicSetting } from '../kafka/kafka-admin.ts';

/** A topic as it is on the broker. */
export interface ObservedTopic extends TopicOnBroker {
  readonly settings: ReadonlyMap<string, TopicSetting>;
}

/** Undefined where there is no such topic. */
export async function gatherTopic(admin: KafkaAdmin, name: string): Promise<ObservedTopic | undefined> {
  const topic = await admin.topic(name);
  return topic && { ...topic, settings: await admin.topicSettings(name) };
}

import type { KafkaTopic } from '../../contract/generated/kafkatopic.ts';
import type { KafkaAdmin, TopicOnBroker, TopicSetting } from '../kafka/kafka-admin.ts';

/** A topic as it is on the broker. */
export interface ObservedTopic extends TopicOnBroker {
  readonly settings: ReadonlyMap<string, TopicSetting>;
}

/** Undefined where there is no such topic. Settings of a topic that is never altered are not asked for: that takes a right of its own. */
export async function gatherTopic(admin: KafkaAdmin, { topicName, policy }: KafkaTopic['spec']): Promise<ObservedTopic | undefined> {
  const topic = await admin.topic(topicName);
  return topic && { ...topic, settings: policy === 'External' ? new Map() : await admin.topicSettings(topicName) };
}

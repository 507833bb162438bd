import type { KafkaTopic } from '../../contract/generated/kafkatopic.ts';
import { channelLabels, kafkaApiVersion, label, topicName, topicObjectName } from '../../contract/names.ts';
import type { StrimziTopic } from '../strimzi-topic.ts';
import { strimziTopic } from '../strimzi-topic.ts';
import { topicSpec } from '../topic-spec.ts';
import type { ChannelPlan } from './channel-plan.ts';

/** The KafkaTopic of a channel, of the kind that whoever looks after it knows. */
export function topicOfChannel(plan: ChannelPlan): Omit<KafkaTopic, 'status'> | StrimziTopic {
  const { strimzi, running } = plan;
  const own = kafkaTopic(plan);
  return strimzi ? strimziTopic(own, strimzi, running?.strimzi?.namespace === strimzi.namespace ? running.topic : undefined) : own;
}

/** Labelled as routed where the receivers cannot know the topic's name by the channel's. */
function kafkaTopic(plan: ChannelPlan): Omit<KafkaTopic, 'status'> {
  const { channel, key, topic, config } = plan;
  return {
    apiVersion: kafkaApiVersion,
    kind: 'KafkaTopic',
    metadata: {
      namespace: config.systemNamespace,
      name: topicObjectName(key),
      labels: { ...channelLabels(key), ...(topic !== topicName(key) && { [label.routed]: 'true' }) },
    },
    spec: topicSpec(channel, plan),
  };
}

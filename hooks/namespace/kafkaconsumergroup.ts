import type { Subscriber } from '../../contract/generated/kafkachannel.ts';
import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import { channelId, channelLabels, groupId, kafkaApiVersion } from '../../contract/names.ts';
import type { ChannelPlan } from './channel-plan.ts';

/** The consumer group of one subscriber: events accepted from when it is Ready on are delivered. */
export function kafkaConsumerGroup({ key, topic, kafkaSecret, config }: ChannelPlan, subscriber: Subscriber): Omit<KafkaConsumerGroup, 'status'> {
  return {
    apiVersion: kafkaApiVersion,
    kind: 'KafkaConsumerGroup',
    metadata: { namespace: config.systemNamespace, name: groupId(key, subscriber.uid), labels: channelLabels(key) },
    spec: {
      group: groupId(key, subscriber.uid),
      topic,
      kafkaSecret,
      channel: channelId(key),
      ...(subscriber.name && { subscriber: subscriber.name }),
      startAt: 'latest',
    },
  };
}

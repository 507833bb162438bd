import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import { channelId, channelLabels, kafkaApiVersion } from '../../contract/names.ts';
import { groupsOutliveSubscriptions } from '../subscriber-group.ts';
import type { ChannelPlan, PlannedGroup } from './channel-plan.ts';

/** The consumer group of one subscriber: events accepted from when it is Ready on are delivered. */
export function kafkaConsumerGroup({ channel, key, topic, kafkaSecret, config }: ChannelPlan, { subscriber, group }: PlannedGroup): Omit<KafkaConsumerGroup, 'status'> {
  return {
    apiVersion: kafkaApiVersion,
    kind: 'KafkaConsumerGroup',
    metadata: { namespace: config.systemNamespace, name: group, labels: channelLabels(key) },
    spec: {
      group,
      topic,
      kafkaSecret,
      channel: channelId(key),
      ...(subscriber.name && { subscriber: subscriber.name }),
      startAt: channel.spec.dispatcher?.startAt ?? 'latest',
      deletionPolicy: groupsOutliveSubscriptions(channel) ? 'Retain' : 'Delete',
    },
  };
}

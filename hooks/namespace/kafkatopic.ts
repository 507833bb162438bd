import { parseDuration } from '../../contract/duration.ts';
import type { KafkaTopic } from '../../contract/generated/kafkatopic.ts';
import { channelLabels, kafkaApiVersion, label, topicName, topicObjectName } from '../../contract/names.ts';
import { compareText } from '../observed.ts';
import type { ChannelPlan } from './channel-plan.ts';

const weekMs = 604_800_000;

/**
 * The KafkaTopic of a channel, whose keys of `config` are named once more: a key that somebody else adds to a map stays when Metacontroller applies ours, a list is replaced. Labelled as routed where the receivers cannot know the topic's name by the channel's.
 */
export function kafkaTopic({ channel, key, topic, topicConfig, partitions, kafkaSecret, config: { systemNamespace } }: ChannelPlan): Omit<KafkaTopic, 'status'> {
  const { spec } = channel;
  const settings = { 'retention.ms': retentionMs(spec.retentionDuration), ...topicConfig };
  const config = Object.entries(settings).sort(([a], [b]) => compareText(a, b));
  return {
    apiVersion: kafkaApiVersion,
    kind: 'KafkaTopic',
    metadata: {
      namespace: systemNamespace,
      name: topicObjectName(key),
      labels: { ...channelLabels(key), ...(topic !== topicName(key) && { [label.routed]: 'true' }) },
    },
    spec: {
      topicName: topic,
      kafkaSecret,
      partitions,
      replicas: spec.replicationFactor,
      config: Object.fromEntries(config),
      configKeys: config.map(([name]) => name),
      policy: spec.topic?.policy ?? 'Managed',
      deletionPolicy: spec.topic?.deletionPolicy ?? 'Delete',
    },
  };
}

/** A week where there is no duration, as the peer has it; never more than Kafka's number can say exactly. */
function retentionMs(duration: string | undefined): string {
  const parsed = duration === undefined ? undefined : parseDuration(duration);
  return String(Math.min(parsed ?? weekMs, Number.MAX_SAFE_INTEGER));
}

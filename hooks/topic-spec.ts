import { isDeepStrictEqual } from 'node:util';

import { parseDuration } from '../contract/duration.ts';
import type { KafkaChannel } from '../contract/generated/kafkachannel.ts';
import type { KafkaTopic } from '../contract/generated/kafkatopic.ts';
import type { ChannelConfiguration } from './channel-configuration.ts';
import { compareText } from './observed.ts';

const weekMs = 604_800_000;

type TopicSpec = KafkaTopic['spec'];

/** What a channel's spec comes to on the Kafka of a Secret. */
export type ConfiguredTopic = Pick<ChannelConfiguration, 'topic' | 'topicConfig' | 'partitions'> & { readonly kafkaSecret: string };

/** What the KafkaTopic of a channel asks for. Keys of `config` are named once more: a key that somebody else adds to a map stays when Metacontroller applies ours, a list is replaced. */
export function topicSpec({ spec }: KafkaChannel, { topic, topicConfig, partitions, kafkaSecret }: ConfiguredTopic): TopicSpec {
  const settings = { 'retention.ms': retentionMs(spec.retentionDuration), ...topicConfig };
  const config = Object.entries(settings).sort(([a], [b]) => compareText(a, b));
  return {
    topicName: topic,
    kafkaSecret,
    partitions,
    replicas: spec.replicationFactor,
    config: Object.fromEntries(config),
    configKeys: config.map(([name]) => name),
    policy: spec.topic?.policy ?? 'Managed',
    deletionPolicy: spec.topic?.deletionPolicy ?? 'Delete',
  };
}

/** Whether a topic goes when its KafkaTopic goes. */
export function isDeletedWithObject({ policy, deletionPolicy }: Pick<TopicSpec, 'policy' | 'deletionPolicy'>): boolean {
  return policy !== 'External' && deletionPolicy !== 'Retain';
}

/** What may change in the life of a topic. */
type ChangingSpec = Pick<TopicSpec, 'kafkaSecret' | 'partitions' | 'policy' | 'deletionPolicy' | 'config'>;

/** What a KafkaTopic asks for, in one form, without settings that were added by hand. */
export type NotedTopic = ChangingSpec & Pick<TopicSpec, 'topicName'>;

export function notedTopic(spec: TopicSpec): NotedTopic {
  return { topicName: spec.topicName, ...changing(spec) };
}

/** Whether a KafkaTopic asks for what is wanted, or still for what was wanted before. */
export function asksFor(topic: ChangingSpec, wanted: TopicSpec): boolean {
  return isDeepStrictEqual(changing(topic), changing(wanted));
}

function changing(spec: ChangingSpec & Pick<TopicSpec, 'configKeys'>): ChangingSpec {
  const { kafkaSecret, partitions, policy, deletionPolicy } = spec;
  const config = Object.entries(countingConfig(spec)).sort(([a], [b]) => compareText(a, b));
  return { kafkaSecret, partitions, policy, deletionPolicy, config: Object.fromEntries(config) };
}

/** Settings of a KafkaTopic without those that were added by hand. */
export function countingConfig({ config, configKeys }: Pick<TopicSpec, 'config' | 'configKeys'>): Readonly<Record<string, string>> {
  return configKeys ? Object.fromEntries(Object.entries(config).filter(([name]) => configKeys.includes(name))) : config;
}

/** A week where there is no duration, as the peer has it; never more than Kafka's number can say exactly. */
function retentionMs(duration: string | undefined): string {
  const parsed = duration === undefined ? undefined : parseDuration(duration);
  return String(Math.min(parsed ?? weekMs, Number.MAX_SAFE_INTEGER));
}

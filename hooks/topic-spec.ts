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

/** Whether a KafkaTopic asks for what is wanted, or still for what was wanted before. */
export function asksFor({ spec }: KafkaTopic, wanted: TopicSpec): boolean {
  return isDeepStrictEqual(counting(spec), counting(wanted));
}

/** What may change in the life of a topic; without settings that were added by hand. */
function counting(spec: TopicSpec): object {
  const { kafkaSecret, partitions, policy, deletionPolicy } = spec;
  return { kafkaSecret, partitions, policy, deletionPolicy, config: countingConfig(spec) };
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

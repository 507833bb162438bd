import type { KafkaChannel } from '../contract/generated/kafkachannel.ts';
import type { KafkaTopic } from '../contract/generated/kafkatopic.ts';
import type { ChannelKey } from '../contract/names.ts';
import { topicName } from '../contract/names.ts';
import type { Fault, Secret } from './kafka-secret.ts';
import { chooseKafkaSecret, connectionOf, isFault } from './kafka-secret.ts';
import { isAllowedConfig, limitFault, safeTopicConfig, secretLimits } from './secret-limits.ts';

/** How a channel is to be run, as the hooks of KafkaChannel and Namespace both see it. */
export interface ChannelConfiguration {
  readonly channel: ChannelKey;
  readonly topic: string;
  /** Settings of the topic that the administrator allows. */
  readonly topicConfig: Readonly<Record<string, string>>;
  /** The Secret of the Kafka that runs it; undefined where it is not run. */
  readonly kafkaSecret: string | undefined;
  /** What stands in the way. A channel that runs already goes on as it was (H7). */
  readonly fault: Fault | undefined;
}

const dnsLabel = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** `runningTopic` is the channel's KafkaTopic where it was observed: it says which Kafka the channel runs on. */
export function channelConfiguration(
  { metadata, spec }: KafkaChannel,
  secrets: readonly Secret[],
  runningTopic: KafkaTopic | undefined,
  systemNamespace: string,
): ChannelConfiguration {
  const channel = { namespace: metadata.namespace ?? '', name: metadata.name };
  const topic = spec.topic?.name ?? topicName(channel);
  const asked = spec.topic?.config ?? {};
  const chosen = chooseKafkaSecret(secrets, spec.kafkaSecret, systemNamespace);
  const running = runningTopic?.spec.kafkaSecret;
  if (isFault(chosen)) return { channel, topic, topicConfig: allowedConfig(asked, safeTopicConfig), kafkaSecret: running, fault: nameFault(channel) ?? chosen };
  const limits = secretLimits(chosen);
  const fault = nameFault(channel) ?? connectionFault(chosen) ?? limitFault(limits, channel, topic, asked);
  return { channel, topic, topicConfig: allowedConfig(asked, limits.topicConfig), kafkaSecret: fault ? running : chosen.metadata.name, fault };
}

function allowedConfig(asked: Readonly<Record<string, string>>, allowed: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(asked).filter(([key]) => isAllowedConfig(allowed, key)));
}

function nameFault({ name }: ChannelKey): Fault | undefined {
  if (dnsLabel.test(name)) return undefined;
  return { reason: 'NameInvalid', message: `the name "${name}" cannot become a Service: make the channel again with at most 63 of a-z, 0-9 and -, starting with a letter` };
}

function connectionFault(secret: Secret): Fault | undefined {
  const connection = connectionOf(secret);
  return isFault(connection) ? connection : undefined;
}

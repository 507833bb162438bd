import type { KafkaChannel } from '../contract/generated/kafkachannel.ts';
import type { KafkaTopic } from '../contract/generated/kafkatopic.ts';
import type { ChannelKey } from '../contract/names.ts';
import { annotation, hasHostOfItsOwn, topicName, topicObjectName } from '../contract/names.ts';
import { resourceFault } from './container-resources.ts';
import type { Fault, Secret } from './kafka-secret.ts';
import { chooseKafkaSecret, connectionOf, isFault, isKafkaSecret } from './kafka-secret.ts';
import type { SecretCaps } from './secret-caps.ts';
import { capFault, secretCaps, uncapped } from './secret-caps.ts';
import { isAllowedConfig, limitFault, safeTopicConfig, secretLimits } from './secret-limits.ts';
import type { StoredChannel } from './stored-channel.ts';
import type { StrimziCluster } from './strimzi-topic.ts';
import { strimziCluster } from './strimzi-topic.ts';

/** How a channel is to be run, as the hooks of KafkaChannel and Namespace both see it. */
export interface ChannelConfiguration {
  readonly channel: ChannelKey;
  readonly topic: string;
  /** Settings of the topic that the administrator allows. */
  readonly topicConfig: Readonly<Record<string, string>>;
  /** As many as the administrator allows, and no fewer than there are. */
  readonly partitions: number;
  /** Caps of the Secret that runs it. */
  readonly caps: SecretCaps;
  /** The Kafka of Strimzi that the Secret names; where it names none, or is not there, the one that has the topic already. */
  readonly strimzi: StrimziCluster | undefined;
  /** The Secret of the Kafka that runs it; undefined where it is not run. */
  readonly kafkaSecret: string | undefined;
  /** What stands in the way. A channel that runs already goes on as it was (H7). */
  readonly fault: Fault | undefined;
}

/** What says which topic a channel has already, on which Kafka. */
export interface RunningTopic extends Pick<KafkaTopic['spec'], 'kafkaSecret' | 'partitions'> {
  /** Undefined where it is going. */
  readonly topicName: string | undefined;
  /** Whose Topic Operator looks after it. */
  readonly strimzi?: StrimziCluster | undefined;
}

const dnsLabel = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** `runningTopic` is of the channel's KafkaTopic where it is there: it says which Kafka the channel runs on. */
export function channelConfiguration(stored: StoredChannel, secrets: readonly Secret[], runningTopic: RunningTopic | undefined, systemNamespace: string): ChannelConfiguration {
  const { channel: object } = stored;
  const { metadata, spec } = object;
  const channel = { namespace: metadata.namespace ?? '', name: metadata.name };
  const topic = runningTopic?.topicName ?? askedTopic(channel, spec);
  const chosen = chooseKafkaSecret(secrets, { wanted: spec.kafkaSecret, used: usedSecret(object) }, systemNamespace);
  const fault = nameFault(channel) ?? stored.fault ?? resourceFault(object) ?? topicFault(channel, spec, topic) ?? (isFault(chosen) ? chosen : secretFault(chosen, object, topic));
  const kafkaSecret = fault || isFault(chosen) ? runningTopic?.kafkaSecret : chosen.metadata.name;
  return { channel, topic, kafkaSecret, fault, ...bounded(object, secretNamed(secrets, kafkaSecret, systemNamespace), runningTopic) };
}

/** As its status notes it. */
function usedSecret({ status }: Partial<Pick<KafkaChannel, 'status'>>): unknown {
  return status?.annotations?.[annotation.usedSecret];
}

function askedTopic(channel: ChannelKey, { topic }: KafkaChannel['spec']): string {
  return topic?.name ?? topicName(channel);
}

/** The topic of a channel is fixed: it can be another one only where the channel was deleted and made again meanwhile. */
function topicFault(channel: ChannelKey, spec: KafkaChannel['spec'], topic: string): Fault | undefined {
  if (topic === askedTopic(channel, spec)) return undefined;
  return { reason: 'TopicTaken', message: `KafkaTopic "${topicObjectName(channel)}" is still that of the channel before this one, with topic "${topic}": delete the channel, wait until that is gone, and make it again` };
}

/** What is asked for, within the bounds of the Secret that runs it: a fault lets nobody have more. Without that Secret, no more partitions than there are. */
function bounded({ spec }: KafkaChannel, secret: Secret | undefined, runningTopic: RunningTopic | undefined): Pick<ChannelConfiguration, 'topicConfig' | 'partitions' | 'caps' | 'strimzi'> {
  const caps = secret ? secretCaps(secret) : uncapped;
  const cap = secret && !caps.invalidKey ? caps.partitions : 0;
  return {
    caps,
    strimzi: strimziOf(secret) ?? runningTopic?.strimzi,
    partitions: Math.min(spec.numPartitions, Math.max(cap, runningTopic?.partitions ?? 0)),
    topicConfig: allowedConfig(spec.topic?.config ?? {}, secret ? secretLimits(secret).topicConfig : safeTopicConfig),
  };
}

function secretNamed(secrets: readonly Secret[], name: string | undefined, systemNamespace: string): Secret | undefined {
  return secrets.find((secret) => secret.metadata.name === name && secret.metadata.namespace === systemNamespace && isKafkaSecret(secret));
}

function secretFault(secret: Secret, object: KafkaChannel, topic: string): Fault | undefined {
  const channel = { namespace: object.metadata.namespace ?? '', name: object.metadata.name };
  return faultOf(connectionOf(secret)) ?? faultOf(strimziCluster(secret)) ?? limitFault(secretLimits(secret), channel, topic, object.spec.topic?.config ?? {}) ?? capFault(secret.metadata.name, secretCaps(secret), object);
}

function allowedConfig(asked: Readonly<Record<string, string>>, allowed: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(asked).filter(([key]) => isAllowedConfig(allowed, key)));
}

function nameFault(channel: ChannelKey): Fault | undefined {
  if (!dnsLabel.test(channel.name)) return { reason: 'NameInvalid', message: `the name "${channel.name}" cannot become a Service: make the channel again with at most 63 of a-z, 0-9 and -, starting with a letter` };
  if (hasHostOfItsOwn(channel)) return undefined;
  return { reason: 'NameInvalid', message: `the name "${channel.name}" is that of another channel's Service: make the channel again under a shorter one` };
}

/** Undefined where a Secret names none, and where what it names cannot be used. */
function strimziOf(secret: Secret | undefined): StrimziCluster | undefined {
  const cluster = secret && strimziCluster(secret);
  return cluster && !isFault(cluster) ? cluster : undefined;
}

function faultOf(value: object | undefined): Fault | undefined {
  return value && isFault(value) ? value : undefined;
}

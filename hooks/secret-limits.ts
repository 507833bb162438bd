import type { ChannelKey } from '../contract/names.ts';
import { topicName } from '../contract/names.ts';
import type { Fault, Secret } from './kafka-secret.ts';
import { secretData } from './kafka-secret.ts';
import { matchesWildcard, wildcardList } from './wildcard.ts';

/** What the administrator lets channels do with a Kafka, by optional keys of its Secret: comma separated lists in which `*` stands for anything. */
export interface SecretLimits {
  readonly secretName: string;
  /** Namespaces whose channels may use it. */
  readonly namespaces: readonly string[];
  /** Topics that channels may name beside their own: `orders-*`, or `team-a/*` for the channels of one namespace. */
  readonly topics: readonly string[];
  /** Topic settings that channels may give. */
  readonly topicConfig: readonly string[];
}

/** What a channel may set by default: nothing that weakens what a 202 means, as min.insync.replicas would. */
export const safeTopicConfig: readonly string[] = [
  'cleanup.policy',
  'compression.type',
  'delete.retention.ms',
  'max.compaction.lag.ms',
  'max.message.bytes',
  'message.timestamp.type',
  'min.cleanable.dirty.ratio',
  'min.compaction.lag.ms',
  'retention.bytes',
  'retention.ms',
  'segment.bytes',
  'segment.ms',
];

const derivedPrefix = topicName({ namespace: '', name: '' }).replace(/\.+$/, '.');

export function secretLimits(secret: Secret): SecretLimits {
  const data = secretData(secret);
  const list = (key: string, absent: readonly string[]): readonly string[] => {
    const text = data.get(key);
    return text === undefined ? absent : wildcardList(text);
  };
  return {
    secretName: secret.metadata.name,
    namespaces: list('namespaces.allowed', ['*']),
    topics: list('topics.allowed', []),
    topicConfig: list('topic.config.allowed', safeTopicConfig),
  };
}

/** T3, T4: what a channel asks for and may not have; undefined where it may have all of it. */
export function limitFault(limits: SecretLimits, channel: ChannelKey, topic: string, config: Readonly<Record<string, string>>): Fault | undefined {
  return namespaceFault(limits, channel) ?? topicFault(limits, channel, topic) ?? configFault(limits, config);
}

function namespaceFault({ secretName, namespaces }: SecretLimits, { namespace }: ChannelKey): Fault | undefined {
  if (namespaces.some((pattern) => matchesWildcard(pattern, namespace))) return undefined;
  return {
    reason: 'NamespaceNotAllowed',
    message: `Secret "${secretName}" does not let namespace "${namespace}" use it: have key "namespaces.allowed" extended, or name another in spec.kafkaSecret`,
  };
}

function topicFault({ secretName, topics }: SecretLimits, channel: ChannelKey, topic: string): Fault | undefined {
  if (topic === topicName(channel) || topics.some((pattern) => allowsTopic(pattern, channel, topic))) return undefined;
  // The name is fixed: the channel that has it cannot be given another.
  const again = 'make the channel again without spec.topic.name';
  if (isKafkasOwn(topic)) return { reason: 'TopicNotAllowed', message: `topic "${topic}" is Kafka's own: ${again}` };
  return { reason: 'TopicNotAllowed', message: `Secret "${secretName}" does not let this channel use topic "${topic}": have key "topics.allowed" extended, or ${again}` };
}

/** Topics of Kafka's own (`__…`) are never allowed; those of other channels only by a pattern that says so itself, not by a `*` that was meant for something else. */
function allowsTopic(pattern: string, { namespace }: ChannelKey, topic: string): boolean {
  const slash = pattern.indexOf('/');
  const topics = pattern.slice(slash + 1);
  if (isKafkasOwn(topic) || (isDerived(topic) && !isDerived(topics))) return false;
  return matchesWildcard(topics, topic) && (slash < 0 || matchesWildcard(pattern.slice(0, slash), namespace));
}

/** A dot and an underscore are the same to Kafka: it makes no topic whose name differs in them alone from one that is there. */
function isDerived(topic: string): boolean {
  return topic.replaceAll('_', '.').startsWith(derivedPrefix);
}

function isKafkasOwn(topic: string): boolean {
  return topic.startsWith('__');
}

function configFault({ secretName, topicConfig }: SecretLimits, config: Readonly<Record<string, string>>): Fault | undefined {
  const refused = Object.keys(config).filter((key) => !isAllowedConfig(topicConfig, key));
  if (refused.length === 0) return undefined;
  return {
    reason: 'TopicConfigNotAllowed',
    message: `Secret "${secretName}" does not let channels set topic.config ${refused.sort().join(', ')}: leave it out, or have key "topic.config.allowed" extended`,
  };
}

export function isAllowedConfig(allowed: readonly string[], key: string): boolean {
  return allowed.some((pattern) => matchesWildcard(pattern, key));
}

import { createHash } from 'node:crypto';

/** Of the pods of receivers and dispatchers; the base has them. */
export const serviceAccount = { receiver: 'kafka-channel-receiver', dispatcher: 'kafka-channel-dispatcher' } as const;

/** API groups, labels and annotations; written nowhere else. */
export const messagingApiVersion = 'messaging.knative.dev/v1';
export const kafkaApiVersion = 'knative-kafka.io/v1';
export const strimziApiVersion = 'kafka.strimzi.io/v1';

export const label = {
  /** On a Secret of the system namespace: it describes a Kafka (design P5). */
  kafkaSecret: 'knative-kafka.io/kafka-secret',
  channelNamespace: 'knative-kafka.io/channel-namespace',
  channel: 'knative-kafka.io/channel',
  /** On a KafkaTopic whose name does not follow from its channel's: receivers must be told of it. */
  routed: 'knative-kafka.io/routed',
  name: 'app.kubernetes.io/name',
  component: 'app.kubernetes.io/component',
  /** On what is made for one Kafka Secret; the value is bounded by `labelValue`. */
  secret: 'knative-kafka.io/secret',
  /** On a KafkaTopic of Strimzi: the Kafka whose Topic Operator looks after it. */
  strimziCluster: 'strimzi.io/cluster',
} as const;

export const annotation = {
  defaultKafkaSecret: 'knative-kafka.io/default-kafka-secret',
  /** On a Pod: the ConfigMap it mounts. */
  config: 'knative-kafka.io/config',
  /** On a Pod: hash of that ConfigMap's data. Changing it makes kubelet refresh the mounted file at once. */
  configVersion: 'knative-kafka.io/config-version',
  /** On a Pod: the same, written once that one is there. Kubelet, which may hear of the Pod before it hears of the ConfigMap, then looks a second time. */
  configVersionAgain: 'knative-kafka.io/config-version-again',
  /** On a dispatcher's ConfigMap and a receiver's Service: how what they belong to is, for the status of the channels. */
  state: 'knative-kafka.io/state',
  /** On a receiver's or dispatcher's Deployment: the autoscaler that it is to have. */
  autoscaler: 'knative-kafka.io/autoscaler',
  /** On a child whose labels or annotations were changed by hand: the hash of what they were changed to, until that is undone. */
  putBack: 'knative-kafka.io/put-back',
  /** On a KafkaChannel: the version of Knative's subscribable duck type that it follows (CP-7). */
  subscribable: 'messaging.knative.dev/subscribable',
  /** In a KafkaChannel's status, as the peer writes it. */
  defaultTopic: 'default.topic',
  /** In a KafkaChannel's status, and on its KafkaTopic of Strimzi: the Kafka Secret that it uses. */
  usedSecret: 'knative-kafka.io/used-secret',
  /** On a KafkaTopic of Strimzi: "false" has its Topic Operator leave the topic alone, also when the object goes. */
  strimziManaged: 'strimzi.io/managed',
  /** In a KafkaChannel's status: the object behind its dead letter sink that was read, and the address that it had. */
  deadLetterSink: 'knative-kafka.io/dead-letter-sink',
} as const;

export const applicationName = 'knative-kafka';

/** Longest DNS label (RFC 1123), which bounds names of Services and values of labels. */
const labelLimit = 63;

export interface ChannelKey {
  readonly namespace: string;
  readonly name: string;
}

export function channelId(channel: ChannelKey): string {
  return `${channel.namespace}/${channel.name}`;
}

/** The topic of a channel that names none of its own. The same as the peer's, so that a channel can be taken over in place. */
export function topicName(channel: ChannelKey): string {
  return `knative-messaging-kafka.${channel.namespace}.${channel.name}`;
}

/** Name of the KafkaTopic object: unique, because neither part can contain a dot. */
export function topicObjectName(channel: ChannelKey): string {
  return topicName(channel);
}

/** Id of a subscriber's consumer group, and name of its KafkaConsumerGroup. The same as the peer's. */
export function groupId(channel: ChannelKey, subscriberUid: string): string {
  return `kafka.${channel.namespace}.${channel.name}.${subscriberUid}`;
}

/** Longest name of an object that is no DNS label. */
const objectNameLimit = 253;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** The same by the name of the Subscription, for channels that ask for it; undefined for what cannot be the name of one. */
export function groupIdByName(channel: ChannelKey, subscription: string): string | undefined {
  if (!subdomain.test(subscription)) return undefined;
  const id = groupId(channel, subscription);
  return id.length <= objectNameLimit ? id : `${trimmed(id, objectNameLimit - 9)}-${shortHash(id)}`;
}

const serviceSuffix = '-kn-channel';

/** Service of a channel in its own namespace; without the suffix where it would be too long for a Service, as the peer does. */
export function channelServiceName(channelName: string): string {
  const name = `${channelName}${serviceSuffix}`;
  return name.length > labelLimit ? channelName : name;
}

export function channelHost(channel: ChannelKey, clusterDomain: string): string {
  return `${channelServiceName(channel.name)}.${channel.namespace}.svc.${clusterDomain}`;
}

/**
 * The channel that a Host header names, or undefined where it names none.
 * Takes every form a client can send: `<service>.<namespace>`, `.svc`, `.svc.<any domain>`, with a port, in upper case.
 */
export function channelOfHost(host: string): ChannelKey | undefined {
  const [service, namespace, svc] = host.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '').split('.');
  if (!service || !namespace || (svc !== undefined && svc !== 'svc')) return undefined;
  const name = service.endsWith(serviceSuffix) ? service.slice(0, -serviceSuffix.length) : service;
  if (channelServiceName(name) !== service) return undefined;
  return asChannelKey(namespace, name);
}

/** False for the name that is another channel's Service: one over 52 characters, which has a Service without the suffix, and ends with it. */
export function hasHostOfItsOwn(channel: ChannelKey): boolean {
  return channelOfHost(channelHost(channel, ''))?.name === channel.name;
}

/** The channel that a request path names: `/<namespace>/<channel>`, with or without a slash at the end. */
export function channelOfPath(path: string): ChannelKey | undefined {
  const [empty, namespace, name, ...rest] = path.split('/');
  if (empty !== '' || !namespace || !name || rest.join('') !== '' || rest.length > 1) return undefined;
  return asChannelKey(namespace, name);
}

const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

function asChannelKey(namespace: string, name: string): ChannelKey | undefined {
  const valid = [namespace, name].every((part) => part.length <= labelLimit && dnsLabel.test(part));
  return valid ? { namespace, name } : undefined;
}

function shortHash(text: string, length = 8): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}

function trimmed(text: string, length: number): string {
  return text.slice(0, length).replace(/[^a-z0-9]+$/, '');
}

/** Deployment and ConfigMap of a channel's dispatcher. The hash keeps `a-b`/`c` and `a`/`b-c` apart, and is so long that no tenant finds a channel with that of another's; the rest is for people. At most 57 characters. */
export function dispatcherName(channel: ChannelKey): string {
  return `${trimmed(channel.name, 16)}-${trimmed(channel.namespace, 12)}-${shortHash(channelId(channel), 16)}-dispatcher`;
}

/**
 * Deployment and Service of the receiver of a Kafka Secret: a DNS label of at most 52 characters, because a longer Service could be that of a channel
 * (`channelOfHost`).
 */
export function receiverName(secretName: string): string {
  const plain = secretName.length <= 37 && dnsLabel.test(secretName);
  return plain ? `kafka-receiver-${secretName}` : `kafka-receiver-${trimmed(secretName.replaceAll('.', '-'), 28)}-${shortHash(secretName)}`;
}

export function receiverHost(secretName: string, systemNamespace: string, clusterDomain: string): string {
  return `${receiverName(secretName)}.${systemNamespace}.svc.${clusterDomain}`;
}

/** A label value for any name: itself where it fits, else cut and hashed. */
export function labelValue(name: string): string {
  return name.length <= labelLimit ? name : `${trimmed(name, labelLimit - 9)}-${shortHash(name)}`;
}

export function channelLabels(channel: ChannelKey): Record<string, string> {
  return { [label.channelNamespace]: channel.namespace, [label.channel]: channel.name };
}

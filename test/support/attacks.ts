import { label } from '../../contract/names.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';

export interface Attack {
  readonly name: string;
  /** What a tenant applies, all of it in the namespace `mallory`. */
  readonly manifests: readonly KubernetesObject[];
}

export const tenant = 'mallory';

/** What the tenant is after; see the test for how it is there. */
export const victim = { topic: 'knative-messaging-kafka.shop.orders', group: 'kafka.shop.orders.billing', uid: 'billing', foreignTopic: 'payroll', privateSecret: 'kafka-private' };

function object(apiVersion: string, kind: string, name: string, rest: object = {}, metadata: Partial<KubernetesObject['metadata']> = {}): KubernetesObject {
  return { apiVersion, kind, metadata: { namespace: tenant, name, ...metadata }, ...rest };
}

function channel(spec: object, name = 'evil', metadata: Partial<KubernetesObject['metadata']> = {}): KubernetesObject {
  return object('messaging.knative.dev/v1', 'KafkaChannel', name, { spec: { kafkaSecret: 'kafka', ...spec } }, metadata);
}

const subscribers = [{ uid: 'mallory-1', name: 'm', subscriberUri: 'http://m.mallory/' }];
const labelled = { labels: { [label.kafkaSecret]: 'true' } };
const topicObject = (name: string, spec: object = {}): KubernetesObject => object('knative-kafka.io/v1', 'KafkaTopic', name, { spec: { topicName: victim.foreignTopic, kafkaSecret: 'kafka', ...spec } });
const groupObject = (spec: object): KubernetesObject => object('knative-kafka.io/v1', 'KafkaConsumerGroup', victim.group, { spec: { group: victim.group, topic: victim.topic, kafkaSecret: 'kafka', ...spec } });

export const attacks: readonly Attack[] = [
  { name: 'a channel on another channel\'s topic', manifests: [channel({ topic: { name: victim.topic }, subscribers })] },
  { name: 'the same as External, to read it only', manifests: [channel({ topic: { name: victim.topic, policy: 'External' }, subscribers })] },
  { name: 'a channel on a topic of somebody else\'s', manifests: [channel({ topic: { name: victim.foreignTopic }, subscribers })] },
  { name: 'the same as External', manifests: [channel({ topic: { name: victim.foreignTopic, policy: 'External' }, subscribers })] },
  { name: 'the same with fewer days of retention', manifests: [channel({ topic: { name: victim.foreignTopic, config: { 'retention.ms': '1' } }, retentionDuration: 'PT1S' })] },
  { name: 'a channel on Kafka\'s own topic', manifests: [channel({ topic: { name: '__consumer_offsets', policy: 'External' }, subscribers })] },
  { name: 'a topic name that is a path', manifests: [channel({ topic: { name: '..' }, subscribers })] },
  { name: 'a Secret that its namespace may not use', manifests: [channel({ kafkaSecret: victim.privateSecret, subscribers })] },
  { name: 'a Secret of the tenant\'s own', manifests: [object('v1', 'Secret', 'own', { data: { 'bootstrap.servers': Buffer.from('evil:9092').toString('base64') } }, labelled), channel({ kafkaSecret: 'own', subscribers })] },
  { name: 'a Secret of the same name as the administrator\'s', manifests: [object('v1', 'Secret', 'kafka', { data: { 'bootstrap.servers': Buffer.from('evil:9092').toString('base64') } }, labelled), channel({ subscribers })] },
  { name: 'settings that weaken what a 202 means', manifests: [channel({ topic: { config: { 'min.insync.replicas': '1', 'unclean.leader.election.enable': 'true' } } })] },
  { name: 'more partitions than the cap', manifests: [channel({ numPartitions: 5000 })] },
  { name: 'more copies than the cap', manifests: [channel({ replicationFactor: 30 })] },
  { name: 'dispatchers for a whole cluster', manifests: [channel({ dispatcher: { replicas: 1000, resources: { requests: { cpu: '64', memory: '1Ti' } } } })] },
  { name: 'a KafkaTopic of the tenant\'s own for a foreign topic', manifests: [topicObject('t'), topicObject('u', { policy: 'External' })] },
  { name: 'a KafkaTopic that takes a foreign topic for its own', manifests: [{ ...topicObject('t'), status: { topicId: 'any', conditions: [{ type: 'Ready', status: 'Unknown', reason: 'TopicCreating' }] } }] },
  { name: 'a KafkaConsumerGroup that replays another\'s group', manifests: [groupObject({ reset: { id: 'evil', to: 'earliest' } })] },
  { name: 'a KafkaConsumerGroup that is deleted, and another\'s group with it', manifests: [groupObject({ startAt: 'latest' })] },
  { name: 'a subscriber with another\'s uid', manifests: [channel({ subscribers: [{ ...subscribers[0], uid: victim.uid }] })] },
  { name: 'a subscriber whose name leads to another\'s group', manifests: [channel({ dispatcher: { groupIdFrom: 'name' }, subscribers: [{ ...subscribers[0], name: '../../shop.orders.billing' }, { ...subscribers[0], uid: 'mallory-2', name: 'x/kafka.shop.orders.billing' }] })] },
  { name: 'labels and owners that claim another\'s children', manifests: [channel({}, 'orders', { labels: { [label.channelNamespace]: 'shop', [label.channel]: 'orders', [label.routed]: 'true' } })] },
  { name: 'a Pod that claims to be a dispatcher', manifests: [object('v1', 'Pod', 'p', { spec: {} }, { labels: { [label.name]: 'knative-kafka', [label.component]: 'dispatcher' }, annotations: { 'knative-kafka.io/config': 'kafka-receiver-kafka' } })] },
  { name: 'a Service that has the name of the channel\'s', manifests: [object('v1', 'Service', 'evil-kn-channel', { spec: { type: 'ExternalName', externalName: 'evil.example' } }), channel({ subscribers })] },
];

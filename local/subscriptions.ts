import type { KafkaChannel, Subscriber } from '../contract/generated/kafkachannel.ts';
import type { KubernetesObject } from '../hooks/metacontroller.ts';
import type { AddressResolver, Destination } from './addresses/resolver.ts';
import { resolveDestination } from './addresses/resolver.ts';
import type { ObjectStore } from './metacontroller/store.ts';
import { withoutField } from './without-field.ts';

/** Knative's Subscription, as far as it says who receives what. */
interface SubscriptionSpec {
  channel: { apiVersion: string; kind: string; name: string };
  subscriber?: Destination;
  reply?: Destination;
  delivery?: Delivery;
}

type Delivery = Omit<NonNullable<KafkaChannel['spec']['delivery']>, 'deadLetterSink'> & { deadLetterSink?: Destination };

/** What keeps a Subscription from being followed, by its `namespace/name`. */
export type Unresolved = ReadonlyMap<string, string>;

/**
 * Knative's Subscription controller: writes the Subscriptions of a store into `spec.subscribers` of their KafkaChannels, with addresses resolved.
 * Subscribers that a manifest lists itself (`listed`, by channel) stay. A Subscription that cannot be resolved keeps what it had.
 */
export function publishSubscribers(store: ObjectStore, resolver: AddressResolver, listed: ReadonlyMap<string, readonly Subscriber[]>): Unresolved {
  const unresolved = new Map<string, string>();
  const subscriptions = store.list('messaging.knative.dev/v1', 'Subscription').filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  for (const { metadata } of subscriptions.filter((subscription) => !channelOf(subscription, store))) {
    unresolved.set(`${metadata.namespace ?? ''}/${metadata.name}`, 'there is no such KafkaChannel in the manifests');
  }
  for (const channel of store.list('messaging.knative.dev/v1', 'KafkaChannel')) {
    const { namespace = '', name } = channel.metadata;
    const spec = channel['spec'] as KafkaChannel['spec'];
    const ours = subscriptions
      .filter((subscription) => channelOf(subscription, store) === channel)
      .map((subscription) => subscriberOf(subscription, spec, resolver) ?? keptOrMissed(subscription, spec, unresolved))
      .filter((subscriber) => subscriber !== undefined);
    const subscribers = [...(listed.get(`${namespace}/${name}`) ?? []), ...ours];
    store.put({ ...channel, spec: { ...withoutField(spec, 'subscribers'), ...(subscribers.length > 0 && { subscribers }) } });
  }
  return unresolved;
}

function channelOf({ metadata, ...rest }: KubernetesObject, store: ObjectStore): KubernetesObject | undefined {
  const { kind, name } = (rest as unknown as { spec: SubscriptionSpec }).spec.channel;
  if (kind !== 'KafkaChannel') return undefined;
  return store.get({ apiVersion: 'messaging.knative.dev/v1', kind, name, ...(metadata.namespace !== undefined && { namespace: metadata.namespace }) });
}

/** An entry of `spec.subscribers`, or undefined where an address cannot be had. */
export function subscriberOf(subscription: KubernetesObject, channel: KafkaChannel['spec'], resolver: AddressResolver): Subscriber | undefined {
  const { metadata } = subscription;
  const spec = subscription['spec'] as SubscriptionSpec;
  const at = (destination: Destination | undefined): string | undefined => resolveDestination(destination, metadata.namespace ?? '', resolver);
  const subscriberUri = at(spec.subscriber);
  const replyUri = at(spec.reply);
  const deadLetterUri = at(spec.delivery?.deadLetterSink);
  const missing = [[spec.subscriber, subscriberUri], [spec.reply, replyUri], [spec.delivery?.deadLetterSink, deadLetterUri]].some(([asked, found]) => asked !== undefined && found === undefined);
  if (missing) return undefined;
  const delivery = deliveryOf(spec, channel, deadLetterUri ?? at(channel.delivery?.deadLetterSink as Destination | undefined));
  return {
    uid: metadata.uid ?? '',
    name: metadata.name,
    generation: metadata.generation ?? 1,
    ...(subscriberUri !== undefined && { subscriberUri }),
    ...(replyUri !== undefined && { replyUri }),
    ...(delivery && { delivery }),
  };
}

/** A Subscription without delivery takes its channel's; a dead letter sink is written as an address. */
function deliveryOf({ delivery }: SubscriptionSpec, channel: KafkaChannel['spec'], deadLetterUri: string | undefined): Subscriber['delivery'] | undefined {
  const result = { ...(deadLetterUri !== undefined && { deadLetterSink: { uri: deadLetterUri } }), ...withoutField((delivery ?? channel.delivery ?? {}) as Delivery, 'deadLetterSink') };
  return Object.keys(result).length > 0 ? result : undefined;
}

function keptOrMissed({ metadata, ...rest }: KubernetesObject, channel: KafkaChannel['spec'], unresolved: Map<string, string>): Subscriber | undefined {
  const { subscriber, reply } = (rest as unknown as { spec: SubscriptionSpec }).spec;
  const { kind = '', name = '' } = (subscriber ?? reply)?.ref ?? {};
  unresolved.set(`${metadata.namespace ?? ''}/${metadata.name}`, `${kind} "${name}" (or its reply or dead letter sink) has no address here`);
  return channel.subscribers?.find(({ uid }) => uid === metadata.uid);
}

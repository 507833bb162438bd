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
  for (const subscription of subscriptions.filter((candidate) => !channelOf(candidate, store))) {
    unresolved.set(titleIn(subscription), withoutChannel(subscription['spec'] as SubscriptionSpec));
  }
  for (const channel of store.list('messaging.knative.dev/v1', 'KafkaChannel')) {
    const { namespace = '', name } = channel.metadata;
    const spec = channel['spec'] as KafkaChannel['spec'];
    const ours = subscriptions
      .filter((subscription) => channelOf(subscription, store) === channel)
      .map((subscription) => subscriberOf(subscription, spec, resolver, (why) => unresolved.set(titleIn(subscription), why)) ?? spec.subscribers?.find(({ uid }) => uid === subscription.metadata.uid))
      .filter((subscriber) => subscriber !== undefined);
    const subscribers = [...(listed.get(`${namespace}/${name}`) ?? []), ...ours];
    store.put({ ...channel, spec: { ...withoutField(spec, 'subscribers'), ...(subscribers.length > 0 && { subscribers }) } });
  }
  return unresolved;
}

function titleIn({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

function withoutChannel({ channel: { kind, name } }: SubscriptionSpec): string {
  return kind === 'KafkaChannel' ? `there is no KafkaChannel "${name}" in the manifests` : `its channel is the ${kind} "${name}": only those of a KafkaChannel are served here`;
}

function channelOf({ metadata, ...rest }: KubernetesObject, store: ObjectStore): KubernetesObject | undefined {
  const { kind, name } = (rest as unknown as { spec: SubscriptionSpec }).spec.channel;
  if (kind !== 'KafkaChannel') return undefined;
  return store.get({ apiVersion: 'messaging.knative.dev/v1', kind, name, ...(metadata.namespace !== undefined && { namespace: metadata.namespace }) });
}

/** The addresses of a Subscription, or why one of them cannot be had. */
type Addresses = { [role in 'subscriber' | 'reply' | 'deadLetterSink']?: string } | { why: string };

function addressesOf({ subscriber, reply, delivery }: SubscriptionSpec, namespace: string, resolver: AddressResolver): Addresses {
  const addresses: Record<string, string> = {};
  for (const [role, destination] of Object.entries({ subscriber, reply, deadLetterSink: delivery?.deadLetterSink })) {
    if (!destination) continue;
    const address = resolveDestination(destination, namespace, resolver);
    const { kind = 'address', name = destination.uri } = destination.ref ?? {};
    if (address === undefined) return { why: `its ${role}, ${kind} "${name ?? ''}", has no address here` };
    addresses[role] = address;
  }
  return addresses;
}

/** An entry of `spec.subscribers`, or undefined where an address cannot be had; `miss` is told which. */
function subscriberOf(subscription: KubernetesObject, channel: KafkaChannel['spec'], resolver: AddressResolver, miss: (why: string) => void): Subscriber | undefined {
  const { namespace = '', uid = '', name, generation = 1 } = subscription.metadata;
  const spec = subscription['spec'] as SubscriptionSpec;
  const found = addressesOf(spec, namespace, resolver);
  if ('why' in found) {
    miss(found.why);
    return undefined;
  }
  const delivery = deliveryOf(spec, channel, found.deadLetterSink ?? resolveDestination(channel.delivery?.deadLetterSink as Destination | undefined, namespace, resolver));
  return { uid, name, generation, ...(found.subscriber && { subscriberUri: found.subscriber }), ...(found.reply && { replyUri: found.reply }), ...(delivery && { delivery }) };
}

/** A Subscription without delivery takes its channel's; a dead letter sink is written as an address. */
function deliveryOf({ delivery }: SubscriptionSpec, channel: KafkaChannel['spec'], deadLetterUri: string | undefined): Subscriber['delivery'] | undefined {
  const result = { ...(deadLetterUri !== undefined && { deadLetterSink: { uri: deadLetterUri } }), ...withoutField((delivery ?? channel.delivery ?? {}) as Delivery, 'deadLetterSink') };
  return Object.keys(result).length > 0 ? result : undefined;
}

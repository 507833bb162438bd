import type { KafkaChannel, Subscriber } from '../contract/generated/kafkachannel.ts';
import type { KubernetesObject } from '../hooks/metacontroller.ts';
import { namespacesOf } from './cluster-objects.ts';
import { idOf, keyOf } from './metacontroller/resources.ts';
import type { ObjectStore } from './metacontroller/store.ts';

/**
 * Makes the store's objects those of the manifests, as `kubectl apply --prune` would: what nobody owns and the manifests do not hold goes.
 * Returns the subscribers that channels list themselves, by channel: the others are written by the Subscription controller.
 */
export function applyManifests(store: ObjectStore, objects: readonly KubernetesObject[], systemNamespace: string): Map<string, readonly Subscriber[]> {
  const all = [...namespacesOf(objects, systemNamespace).filter((object) => !has(objects, object)), ...objects];
  const wanted = new Set(all.map((object) => keyOf(idOf(object))));
  for (const object of store.all()) {
    const owned = (object.metadata.ownerReferences ?? []).length > 0;
    if (!owned && !wanted.has(keyOf(idOf(object)))) store.remove(idOf(object));
  }
  for (const object of all) store.put(object.kind === 'KafkaChannel' ? withSubscribers(object, store) : object);
  store.removeOrphans();
  const channels = all.filter(({ kind }) => kind === 'KafkaChannel');
  return new Map(channels.map((channel) => [`${channel.metadata.namespace ?? ''}/${channel.metadata.name}`, specOf(channel).subscribers ?? []]));
}

function has(objects: readonly KubernetesObject[], wanted: KubernetesObject): boolean {
  return objects.some((object) => keyOf(idOf(object)) === keyOf(idOf(wanted)));
}

/** Subscribers are not the manifest's to remove. */
function withSubscribers(channel: KubernetesObject, store: ObjectStore): KubernetesObject {
  const running = store.get(idOf(channel));
  const subscribers = running && specOf(running).subscribers;
  return subscribers ? { ...channel, spec: { ...specOf(channel), subscribers } } : channel;
}

function specOf(channel: KubernetesObject): KafkaChannel['spec'] {
  return channel['spec'] as KafkaChannel['spec'];
}

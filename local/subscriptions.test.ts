import { describe, expect, test } from '@jest/globals';

import type { KafkaChannel } from '../contract/generated/kafkachannel.ts';
import type { KubernetesObject } from '../hooks/metacontroller.ts';
import type { AddressResolver } from './addresses/resolver.ts';
import { withDefaults } from './manifests/load.ts';
import { ObjectStore } from './metacontroller/store.ts';
import { publishSubscribers } from './subscriptions.ts';

const resolver: AddressResolver = {
  ofService: (namespace, name) => (name === 'nobody' ? undefined : `http://service/${namespace}/${name}`),
  ofChannel: (namespace, name) => `http://receiver/${namespace}/${name}`,
  ofUri: (uri) => uri,
};

function subscription(spec: object, name = 's'): KubernetesObject {
  return { apiVersion: 'messaging.knative.dev/v1', kind: 'Subscription', metadata: { namespace: 'a', name }, spec: { channel: { apiVersion: 'messaging.knative.dev/v1', kind: 'KafkaChannel', name: 'c' }, ...spec } };
}

function published(objects: readonly KubernetesObject[], channelSpec: object = {}, listed: KafkaChannel['spec']['subscribers'] = []): { subscribers: KafkaChannel['spec']['subscribers']; unresolved: [string, string][]; store: ObjectStore } {
  const store = new ObjectStore(withDefaults);
  store.put({ apiVersion: 'messaging.knative.dev/v1', kind: 'KafkaChannel', metadata: { namespace: 'a', name: 'c' }, spec: channelSpec });
  objects.forEach((object) => store.put(object));
  const unresolved = publishSubscribers(store, resolver, new Map([['a/c', listed]]));
  const channel = store.list('messaging.knative.dev/v1', 'KafkaChannel')[0]?.['spec'] as KafkaChannel['spec'];
  return { subscribers: channel.subscribers, unresolved: [...unresolved], store };
}

const service = (name: string): object => ({ ref: { apiVersion: 'v1', kind: 'Service', name } });

describe('publishSubscribers', () => {
  test('writes uid, name, generation and resolved addresses, as the Subscription controller does', () => {
    const { subscribers, store } = published([subscription({ subscriber: service('x'), reply: { ref: { apiVersion: 'messaging.knative.dev/v1', kind: 'KafkaChannel', name: 'next' } }, delivery: { retry: 3, deadLetterSink: { uri: 'http://dead' } } })]);
    const uid = store.list('messaging.knative.dev/v1', 'Subscription')[0]?.metadata.uid;
    expect(subscribers).toEqual([{ uid, name: 's', generation: 1, subscriberUri: 'http://service/a/x', replyUri: 'http://receiver/a/next', delivery: { retry: 3, deadLetterSink: { uri: 'http://dead' } } }]);
  });

  test('the uid is the same in every run', () => {
    const uid = (): string | undefined => published([subscription({ subscriber: service('x') })]).subscribers?.[0]?.uid;
    expect(uid()).toBe(uid());
  });

  test('an address relative to a reference is taken from it', () => {
    const { subscribers } = published([subscription({ subscriber: { ...service('x'), uri: 'path?q=1' } })]);
    expect(subscribers?.[0]?.subscriberUri).toBe('http://service/a/x/path?q=1');
  });

  test('a Subscription without delivery takes its channel\'s, sink resolved', () => {
    const { subscribers } = published([subscription({ subscriber: service('x') })], { delivery: { retry: 9, deadLetterSink: service('dead') } });
    expect(subscribers?.[0]?.delivery).toEqual({ retry: 9, deadLetterSink: { uri: 'http://service/a/dead' } });
  });

  test('keeps subscribers that the manifest lists itself', () => {
    const { subscribers } = published([subscription({ subscriber: service('x') })], {}, [{ uid: 'own', subscriberUri: 'http://own' }]);
    expect(subscribers?.map(({ uid }) => uid)).toEqual(['own', expect.stringMatching(/-5[0-9a-f]{3}-8/)]);
  });

  test('names a Subscription that cannot be followed, and leaves it out', () => {
    const other = subscription({ subscriber: service('x'), channel: { apiVersion: 'messaging.knative.dev/v1', kind: 'KafkaChannel', name: 'missing' } }, 'lost');
    const { subscribers, unresolved } = published([subscription({ subscriber: service('nobody') }), other]);
    expect(subscribers).toBeUndefined();
    expect(unresolved).toEqual([['a/lost', 'there is no KafkaChannel "missing" in the manifests'], ['a/s', 'its subscriber, Service "nobody", has no address here']]);
  });

  test('a Subscription of another kind of channel is not told that there is no KafkaChannel', () => {
    const generic = subscription({ subscriber: service('x'), channel: { apiVersion: 'messaging.knative.dev/v1', kind: 'Channel', name: 'c' } });
    expect(published([generic]).unresolved).toEqual([['a/s', 'its channel is the Channel "c": only those of a KafkaChannel are served here']]);
  });

  test('a second time changes nothing', () => {
    const { store } = published([subscription({ subscriber: service('x') })]);
    const before = store.all().map(({ metadata }) => metadata.resourceVersion);
    publishSubscribers(store, resolver, new Map());
    expect(store.all().map(({ metadata }) => metadata.resourceVersion)).toEqual(before);
  });
});

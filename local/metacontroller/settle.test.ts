import { describe, expect, test } from '@jest/globals';

import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import type { Controller } from './controllers.ts';
import type { HookCall } from './reconcile.ts';
import { settle } from './settle.ts';
import { ObjectStore } from './store.ts';

const topics: Controller = {
  name: 'topics',
  type: 'composite',
  parent: { apiVersion: 'knative-kafka.io/v1', resource: 'kafkatopics', ignoreStatusChanges: true },
  children: [{ apiVersion: 'v1', resource: 'configmaps' }],
  hooks: { sync: '/sync', finalize: '/finalize' },
  generateSelector: true,
  resyncPeriodSeconds: Infinity,
};
const topic = { apiVersion: 'knative-kafka.io/v1', kind: 'KafkaTopic', namespace: 'a', name: 't' };
const child = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'a', name: 'c' };

function storeWithTopic(): ObjectStore {
  const store = new ObjectStore();
  store.put({ apiVersion: topic.apiVersion, kind: topic.kind, metadata: { namespace: 'a', name: 't' }, spec: {} });
  return store;
}

function answering(children: () => object[], asked: string[] = []): HookCall {
  return (path, body) => {
    asked.push(path);
    return Promise.resolve({ status: { seen: Object.keys((body as { children: Record<string, object> }).children['ConfigMap.v1'] ?? {}) }, children: children(), finalized: true });
  };
}

const configMap = (data: object): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data });

describe('settle', () => {
  test('creates children, owned and labelled, asks again for what came of it, and comes to rest', async () => {
    const store = storeWithTopic();
    const asked: string[] = [];
    await settle([topics], store, answering(() => [configMap({ a: '1' })], asked));
    const uid = store.get(topic)?.metadata.uid;
    expect(store.get(child)).toMatchObject({
      metadata: { labels: { 'controller-uid': uid }, ownerReferences: [{ kind: 'KafkaTopic', name: 't', uid, controller: true, blockOwnerDeletion: true }] },
      data: { a: '1' },
    });
    expect(store.get(topic)).toMatchObject({ status: { seen: ['a/c'], observedGeneration: 1 }, metadata: { finalizers: ['metacontroller.io/compositecontroller-topics'] } });
    expect(asked).toEqual(['/sync', '/sync']);
  });

  test('keeps what others wrote into a child, takes away what is asked for no more, and deletes what is left out', async () => {
    const store = storeWithTopic();
    await settle([topics], store, answering(() => [configMap({ a: '1', b: '2' })]));
    const observed = store.get(child) as KubernetesObject;
    store.put({ ...observed, data: { ...(observed['data'] as object), other: 'x' } });
    await settle([topics], store, answering(() => [configMap({ a: '3' })]));
    expect(store.get(child)?.['data']).toEqual({ a: '3', other: 'x' });
    await settle([topics], store, answering(() => []));
    expect(store.get(child)).toBeUndefined();
  });

  test('asks the finalize hook for what is being deleted, and lets it go when it is finalized', async () => {
    const store = storeWithTopic();
    await settle([topics], store, answering(() => []));
    store.remove(topic);
    expect(store.get(topic)?.metadata.deletionTimestamp).toBeDefined();
    const asked: string[] = [];
    await settle([topics], store, answering(() => [], asked));
    expect(asked).toEqual(['/finalize']);
    expect(store.get(topic)).toBeUndefined();
  });

  test('a decorator writes annotations and labels, and takes away those that are null', async () => {
    const store = new ObjectStore();
    store.put({ apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'a', name: 'p', labels: { old: 'x' } } });
    const pods: Controller = { ...topics, name: 'pods', type: 'decorator', parent: { apiVersion: 'v1', resource: 'pods' }, children: [], hooks: { sync: '/pod' } };
    await settle([pods], store, () => Promise.resolve({ annotations: { version: '7' }, labels: { old: null } }));
    expect(store.all()[0]?.metadata).toMatchObject({ annotations: { version: '7' }, labels: {} });
  });

  test('says so when there is no end to it', async () => {
    const store = storeWithTopic();
    let count = 0;
    await expect(settle([topics], store, answering(() => [configMap({ count: String((count += 1)) })]))).rejects.toThrow('do not come to rest');
  });
});

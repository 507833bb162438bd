import { describe, expect, jest, test } from '@jest/globals';

import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { ObjectStore, stableUid } from './store.ts';

const id = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'a', name: 'x' };

function deployment(spec: object = { replicas: 1 }, metadata: Partial<KubernetesObject['metadata']> = {}): KubernetesObject {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace: 'a', name: 'x', ...metadata }, spec };
}

describe('ObjectStore', () => {
  test('gives a new object uid, generation, version and time, and keeps them when nothing changes', () => {
    const store = new ObjectStore();
    store.put(deployment());
    const first = store.get(id);
    const changed = jest.fn();
    store.onChange(changed);
    store.put(deployment());
    expect(store.get(id)).toBe(first);
    expect(changed).not.toHaveBeenCalled();
    expect(first?.metadata).toMatchObject({ uid: stableUid('apps/Deployment/a/x'), generation: 1, resourceVersion: '1', creationTimestamp: expect.stringMatching(/^\d{4}-.*Z$/) });
  });

  test('counts a generation for a change of the spec only, a version for every change', () => {
    const store = new ObjectStore();
    store.put(deployment());
    store.put(deployment({ replicas: 1 }, { labels: { a: 'b' } }));
    expect(store.get(id)?.metadata).toMatchObject({ generation: 1, resourceVersion: '2' });
    store.setStatus(id, { replicas: 1 });
    store.setStatus(id, { replicas: 1 });
    expect(store.get(id)?.metadata).toMatchObject({ generation: 1, resourceVersion: '3' });
    store.put(deployment({ replicas: 2 }));
    expect(store.get(id)).toMatchObject({ metadata: { generation: 2, resourceVersion: '4' }, status: { replicas: 1 } });
  });

  test('ConfigMaps, Secrets, Services, Pods and Namespaces have no generation', () => {
    const store = new ObjectStore();
    store.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'a' } });
    expect(store.all()[0]?.metadata.generation).toBeUndefined();
  });

  test('one object is the same in all versions of its group', () => {
    const store = new ObjectStore();
    store.put(deployment());
    expect(store.get({ ...id, apiVersion: 'apps/v1beta1' })).toBeDefined();
    expect(store.list('apps/v1beta1', 'Deployment')).toHaveLength(1);
    expect(store.list('v1', 'Deployment')).toHaveLength(0);
  });

  test('waits for finalizers before an object goes', () => {
    const store = new ObjectStore();
    store.put(deployment({}, { finalizers: ['f'] }));
    store.remove(id);
    expect(store.get(id)?.metadata).toMatchObject({ deletionTimestamp: expect.any(String), generation: 2 });
    store.put({ ...deployment({}), metadata: { namespace: 'a', name: 'x', finalizers: [] } });
    expect(store.get(id)).toBeUndefined();
  });

  test('removes what an owner and a namespace leave behind', () => {
    const store = new ObjectStore();
    store.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } });
    store.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'b' } });
    const uid = store.get({ apiVersion: 'v1', kind: 'Secret', namespace: 'b', name: 's' })?.metadata.uid ?? '';
    store.put(deployment({}, { namespace: 'c', ownerReferences: [{ apiVersion: 'v1', kind: 'Secret', name: 's', uid }] }));
    store.put(deployment());
    store.remove({ apiVersion: 'v1', kind: 'Secret', namespace: 'b', name: 's' });
    store.remove({ apiVersion: 'v1', kind: 'Namespace', name: 'a' });
    expect(store.all()).toEqual([]);
  });

  test('removes orphans of owners that never came back', () => {
    const store = new ObjectStore(undefined, [deployment({}, { uid: 'u', ownerReferences: [{ apiVersion: 'v1', kind: 'Secret', name: 's', uid: 'gone' }] })]);
    store.removeOrphans();
    expect(store.all()).toEqual([]);
  });

  test('its objects cannot be written to', () => {
    const store = new ObjectStore();
    store.put(deployment());
    expect(() => Object.assign(store.get(id)?.['spec'] as object, { replicas: 7 })).toThrow(TypeError);
  });

  test('goes on counting where an earlier run stopped', () => {
    const earlier = new ObjectStore();
    earlier.put(deployment());
    const later = new ObjectStore(undefined, JSON.parse(JSON.stringify(earlier.all())) as KubernetesObject[]);
    later.put(deployment({ replicas: 3 }));
    expect(later.get(id)?.metadata).toMatchObject({ generation: 2, resourceVersion: '2', uid: earlier.get(id)?.metadata.uid });
  });
});

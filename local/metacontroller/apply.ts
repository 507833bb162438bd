import { isDeepStrictEqual } from 'node:util';

import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import type { Controller } from './controllers.ts';
import { ownedBy } from './request.ts';
import { idOf, keyOf } from './resources.ts';
import type { ObjectStore } from './store.ts';

const lastApplied = 'metacontroller.k8s.io/last-applied-configuration';

/** Makes the children of a parent what its hook answered (update strategy InPlace): creates, merges, and deletes what was left out. */
export function applyChildren(controller: Controller, parent: KubernetesObject, desired: readonly KubernetesObject[], store: ObjectStore): void {
  const wanted = desired.map((child) => labelled(controller, parent, named(parent, child)));
  const keys = new Set(wanted.map((child) => keyOf(idOf(child))));
  for (const rule of controller.children) {
    for (const child of ownedBy(parent, rule, store)) if (!keys.has(keyOf(idOf(child)))) store.remove(idOf(child));
  }
  for (const child of wanted) {
    const observed = store.get(idOf(child));
    // What is being deleted is created again once it is gone.
    if (observed?.metadata.deletionTimestamp === undefined) store.put(owned(controller, parent, merged(observed, child)));
  }
}

/** A namespaced parent's children are in its own namespace. */
function named(parent: KubernetesObject, child: KubernetesObject): KubernetesObject {
  const namespace = child.metadata.namespace ?? parent.metadata.namespace;
  return { ...child, metadata: { ...child.metadata, ...(namespace !== undefined && { namespace }) } };
}

function labelled(controller: Controller, parent: KubernetesObject, child: KubernetesObject): KubernetesObject {
  if (!controller.generateSelector) return child;
  return { ...child, metadata: { ...child.metadata, labels: { ...child.metadata.labels, 'controller-uid': parent.metadata.uid ?? '' } } };
}

/** What was applied last and is wanted no more goes; what others wrote stays. */
function merged(observed: KubernetesObject | undefined, desired: KubernetesObject): KubernetesObject {
  const note = JSON.stringify(desired);
  const last = JSON.parse(observed?.metadata.annotations?.[lastApplied] ?? '{}') as KubernetesObject;
  const result = merge(observed ?? {}, last, desired) as KubernetesObject;
  return { ...result, metadata: { ...result.metadata, annotations: { ...result.metadata.annotations, [lastApplied]: note } } };
}

function merge(observed: unknown, last: unknown, desired: unknown): unknown {
  if (!isRecord(observed) || !isRecord(desired)) return desired;
  const before = isRecord(last) ? last : {};
  const others = Object.entries(observed).filter(([key]) => !(key in before) || key in desired);
  const ours = Object.entries(desired).map(([key, value]) => [key, merge(observed[key], before[key], value)] as const);
  return { ...Object.fromEntries(others), ...Object.fromEntries(ours) };
}

function owned(controller: Controller, parent: KubernetesObject, child: KubernetesObject): KubernetesObject {
  const { apiVersion, kind, metadata } = parent;
  const reference = { apiVersion, blockOwnerDeletion: true, ...(controller.type === 'composite' && { controller: true }), kind, name: metadata.name, uid: metadata.uid ?? '' };
  const others = (child.metadata.ownerReferences ?? []).filter((other) => !isDeepStrictEqual(other.uid, reference.uid));
  return { ...child, metadata: { ...child.metadata, ownerReferences: [...others, reference] } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

import type { ObjectMeta } from '../../contract/object-meta.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import type { ObjectId } from './resources.ts';
import { groupOf, idOf, keyOf } from './resources.ts';

/** What the API server does to an object when it is written, such as filling in defaults. */
export type Admission = (object: KubernetesObject) => KubernetesObject;

/** Kinds of the API server that count no generations. */
const withoutGeneration = ['ConfigMap', 'Namespace', 'Pod', 'Secret', 'Service'];

/**
 * The API server's part of local mode: objects with uid, generation and resourceVersion, finalizers, and removal of what an owner leaves behind.
 * Objects are frozen: whoever wants another one puts another one.
 */
export class ObjectStore {
  readonly #objects = new Map<string, KubernetesObject>();
  readonly #listeners = new Set<() => void>();
  readonly #admit: Admission;
  #version: number;

  /** Begins with objects of an earlier run, as `all` gave them. */
  constructor(admit: Admission = (object) => object, earlier: readonly KubernetesObject[] = []) {
    this.#admit = admit;
    for (const object of earlier) this.#objects.set(keyOf(idOf(object)), deepFreeze(object));
    this.#version = Math.max(0, ...earlier.map(({ metadata }) => Number(metadata.resourceVersion ?? 0)));
  }

  get(id: ObjectId): KubernetesObject | undefined {
    return this.#objects.get(keyOf(id));
  }

  all(): KubernetesObject[] {
    return [...this.#objects.values()];
  }

  list(apiVersion: string, kind: string): KubernetesObject[] {
    return this.all().filter((object) => object.kind === kind && groupOf(object.apiVersion) === groupOf(apiVersion));
  }

  /** Calls back, at once and synchronously, after each change. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Calls the listeners though no object changed: something that they look at beside the objects did. */
  touch(): void {
    this.#changed();
  }

  /** Creates an object or replaces all of it but its status and what the store itself keeps in its metadata. Writing what is there changes nothing. */
  put(wanted: KubernetesObject): void {
    const key = keyOf(idOf(wanted));
    const old = this.#objects.get(key);
    const next = this.#next(key, old, wanted);
    if (old && isDeepStrictEqual(old, next)) return;
    this.#set(key, { ...next, metadata: { ...next.metadata, ...generationOf(old, next) } });
    if (next.metadata.deletionTimestamp !== undefined && next.metadata.finalizers === undefined) this.#drop(key);
    this.#changed();
  }

  /** The object as it would be, but for its new generation and resourceVersion. */
  #next(key: string, old: KubernetesObject | undefined, wanted: KubernetesObject): KubernetesObject {
    const admitted = this.#admit(asJson(old?.['status'] === undefined ? wanted : { ...wanted, status: old['status'] }));
    const finalizers = wanted.metadata.finalizers ?? old?.metadata.finalizers ?? [];
    const metadata = { ...kept(old?.metadata ?? born(key)), ...own(wanted.metadata), ...(finalizers.length > 0 && { finalizers }) };
    return asJson({ ...admitted, metadata });
  }

  setStatus(id: ObjectId, status: object): void {
    const old = this.get(id);
    const next = asJson(status);
    if (!old || isDeepStrictEqual(old['status'], next)) return;
    this.#set(keyOf(id), { ...old, status: next });
    this.#changed();
  }

  /** Removes an object and what it owns; marks it only, while it has finalizers. */
  remove(id: ObjectId): void {
    const old = this.get(id);
    if (!old || old.metadata.deletionTimestamp !== undefined) return;
    if ((old.metadata.finalizers ?? []).length === 0) this.#drop(keyOf(id));
    else this.#set(keyOf(id), { ...old, metadata: { ...old.metadata, deletionTimestamp: now(), generation: (old.metadata.generation ?? 1) + 1 } });
    this.#changed();
  }

  /** Removes what belonged to owners that are there no more. */
  removeOrphans(): void {
    const uids = new Set(this.all().map(({ metadata }) => metadata.uid));
    for (const object of this.all()) {
      const owners = object.metadata.ownerReferences ?? [];
      if (owners.length > 0 && !owners.some(({ uid }) => uids.has(uid))) this.remove(idOf(object));
    }
  }

  #set(key: string, object: KubernetesObject): void {
    const resourceVersion = String((this.#version += 1));
    this.#objects.set(key, deepFreeze({ ...object, metadata: { ...object.metadata, resourceVersion } }));
  }

  #drop(key: string): void {
    const gone = this.#objects.get(key);
    this.#objects.delete(key);
    if (!gone) return;
    for (const object of this.all()) {
      const owned = object.metadata.ownerReferences?.some(({ uid }) => uid === gone.metadata.uid) ?? false;
      const inside = gone.kind === 'Namespace' && object.metadata.namespace === gone.metadata.name;
      if (owned || inside) this.remove(idOf(object));
    }
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** What the store, and nobody else, writes into an object's metadata. */
function born(key: string): ObjectMeta {
  return { name: '', uid: stableUid(key), creationTimestamp: now() };
}

const keptFields = ['uid', 'creationTimestamp', 'deletionTimestamp', 'generation', 'resourceVersion'] as const;
const ownFields = ['namespace', 'labels', 'annotations', 'ownerReferences'] as const;

function kept(metadata: ObjectMeta): Partial<ObjectMeta> {
  return fieldsOf(metadata, keptFields);
}

function own(metadata: ObjectMeta): ObjectMeta {
  return { name: metadata.name, ...fieldsOf(metadata, ownFields) };
}

function fieldsOf(metadata: ObjectMeta, names: readonly (keyof ObjectMeta)[]): Partial<ObjectMeta> {
  return Object.fromEntries(names.filter((name) => metadata[name] !== undefined).map((name) => [name, metadata[name]]));
}

function generationOf(old: KubernetesObject | undefined, next: KubernetesObject): { generation?: number } {
  if (withoutGeneration.includes(next.kind)) return {};
  if (!old) return { generation: 1 };
  return { generation: (old.metadata.generation ?? 1) + (isDeepStrictEqual(desire(old), desire(next)) ? 0 : 1) };
}

/** Everything that makes a new generation. */
function desire(object: KubernetesObject): object {
  return { ...object, metadata: undefined, status: undefined };
}

/** The same object has the same uid in every run, so that its consumer groups are found again. */
export function stableUid(key: string): string {
  const hex = createHash('sha256').update(key).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A copy as it would come over the wire: what is undefined is not there. */
function asJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import type { ObjectStore } from '../metacontroller/store.ts';
import type { EnvSpec, VolumeSpec } from './plan.ts';
import type { VolumeFiles } from './volume.ts';
import { filesOf } from './volume.ts';

/** Value of a variable that names another object's key or a field of its pod. */
export function valueFrom({ valueFrom: source }: EnvSpec, pod: KubernetesObject, store: ObjectStore): string | undefined {
  if (source?.fieldRef) return fieldOf(pod, source.fieldRef.fieldPath);
  const reference = source?.configMapKeyRef ?? source?.secretKeyRef;
  if (!reference) return undefined;
  const object = inNamespace(pod, source?.secretKeyRef ? 'Secret' : 'ConfigMap', reference.name, store);
  return filesOf(object).get(reference.key)?.toString('utf8');
}

function fieldOf({ metadata }: KubernetesObject, path: string): string | undefined {
  const fields: Record<string, string | undefined> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
    'status.podIP': '127.0.0.1',
    'status.hostIP': '127.0.0.1',
    'spec.nodeName': 'local',
  };
  return fields[path];
}

/** Files of a volume; undefined while an object that it needs is missing. */
export function volumeFiles({ configMap, secret }: VolumeSpec, pod: KubernetesObject, store: ObjectStore): VolumeFiles | undefined {
  if (!configMap && !secret) return new Map();
  const object = configMap ? inNamespace(pod, 'ConfigMap', configMap.name, store) : inNamespace(pod, 'Secret', secret?.secretName ?? '', store);
  const { items, optional = false } = configMap ?? secret ?? {};
  return object || optional ? filesOf(object, items) : undefined;
}

function inNamespace({ metadata }: KubernetesObject, kind: string, name: string, store: ObjectStore): KubernetesObject | undefined {
  return store.get({ apiVersion: 'v1', kind, name, ...(metadata.namespace !== undefined && { namespace: metadata.namespace }) });
}

import type { KubernetesObject } from '../../hooks/metacontroller.ts';

/** The kinds that local mode knows. */
const kinds = ['ConfigMap', 'Deployment', 'HorizontalPodAutoscaler', 'KafkaChannel', 'KafkaConsumerGroup', 'KafkaTopic', 'Namespace', 'Pod', 'PodDisruptionBudget', 'Secret', 'Service', 'Subscription'];

const clusterScoped = ['Namespace'];

/** The kind whose resource (plural, lower case) this is. */
export function kindOf(resource: string): string {
  const kind = kinds.find((name) => `${name.toLowerCase()}s` === resource);
  if (!kind) throw new Error(`resource ${resource} is not known to local mode`);
  return kind;
}

export function isClusterScoped(kind: string): boolean {
  return clusterScoped.includes(kind);
}

/** API group without its version; empty for the core group. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}

/** Identity of an object: the version does not count, for one object is served in all of them. */
export interface ObjectId {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

export function idOf({ apiVersion, kind, metadata }: KubernetesObject): ObjectId {
  return { apiVersion, kind, name: metadata.name, ...(metadata.namespace !== undefined && { namespace: metadata.namespace }) };
}

export function keyOf({ apiVersion, kind, namespace, name }: ObjectId): string {
  return `${groupOf(apiVersion)}/${kind}/${isClusterScoped(kind) ? '' : (namespace ?? '')}/${name}`;
}

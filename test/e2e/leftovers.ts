import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import type { Kubernetes } from './kubernetes.ts';

/** Every object that is going and cannot, that waits for Metacontroller to let it go, or that the operator made or is made of. */
export async function leftovers(kubernetes: Kubernetes): Promise<string[]> {
  const resources = (await kubernetes.run('api-resources', '--verbs=list,delete', '-o', 'name')).trim().split('\n').filter((name) => !name.startsWith('events'));
  const objects = await kubernetes.listAll(resources.join(','));
  return objects.filter((object) => isGoing(object) || isHeld(object) || isOurs(object)).map(told).sort();
}

function isGoing({ metadata }: KubernetesObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function isHeld({ metadata }: KubernetesObject): boolean {
  return (metadata.finalizers ?? []).some((finalizer) => finalizer.startsWith('metacontroller.'));
}

function isOurs({ apiVersion, metadata }: KubernetesObject): boolean {
  return apiVersion.startsWith('knative-kafka.io/') || metadata.labels?.['app.kubernetes.io/name'] === 'knative-kafka';
}

function told({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
}

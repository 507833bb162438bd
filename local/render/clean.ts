import { annotation } from '../../contract/names.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { withoutField } from '../without-field.ts';

/** An object as it would be written by hand: without what the API server and Metacontroller add, and without what the hooks note of what they observed. */
export function withoutBookkeeping({ apiVersion, kind, metadata, ...rest }: KubernetesObject): KubernetesObject {
  const { name, namespace, labels = {}, annotations = {} } = metadata;
  const content = withoutField(rest as { status?: unknown }, 'status');
  const ownLabels = kept(labels, (key) => key !== 'controller-uid');
  const ownAnnotations = kept(annotations, (key) => !key.startsWith('metacontroller.k8s.io/') && key !== annotation.state);
  return { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }), ...(ownLabels && { labels: ownLabels }), ...(ownAnnotations && { annotations: ownAnnotations }) }, ...content };
}

function kept(entries: Readonly<Record<string, string>>, isOurs: (key: string) => boolean): Record<string, string> | undefined {
  const ours = Object.entries(entries).filter(([key]) => isOurs(key));
  return ours.length > 0 ? Object.fromEntries(ours) : undefined;
}

/** By kind, namespace and name, so that a review sees only what changed. */
export function sorted(objects: readonly KubernetesObject[]): KubernetesObject[] {
  const key = ({ kind, metadata }: KubernetesObject): string => [kind, metadata.namespace ?? '', metadata.name].join('\0');
  return [...objects].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

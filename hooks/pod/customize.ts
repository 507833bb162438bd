import { annotation } from '../../contract/names.ts';
import type { HooksConfig } from '../config.ts';
import type { CustomizeAnswer, CustomizeRequest } from '../metacontroller.ts';

/** To decide on a receiver's or dispatcher's Pod: the ConfigMap that it mounts. Pods elsewhere are not ours. */
export function customizePod({ parent }: CustomizeRequest, { systemNamespace }: HooksConfig): CustomizeAnswer {
  const name = parent.metadata.annotations?.[annotation.config];
  if (parent.metadata.namespace !== systemNamespace || !name) return { relatedResources: [] };
  return { relatedResources: [{ apiVersion: 'v1', resource: 'configmaps', namespace: systemNamespace, names: [name] }] };
}

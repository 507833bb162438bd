import { annotation } from '../../contract/names.ts';
import type { HooksConfig } from '../config.ts';
import type { DecoratorAnswer, DecoratorRequest } from '../metacontroller.ts';
import { observedNamed } from '../observed.ts';

/** A receiver's or dispatcher's Pod -> an annotation with the version of its ConfigMap: when it changes, kubelet refreshes the mounted file at once. */
export function syncPod({ object, related }: DecoratorRequest, { systemNamespace }: HooksConfig): DecoratorAnswer {
  const { namespace, annotations } = object.metadata;
  const name = annotations?.[annotation.config];
  if (namespace !== systemNamespace || !name) return {};
  const version = observedNamed(related, 'ConfigMap', systemNamespace, name)?.metadata.resourceVersion;
  return version === undefined ? {} : { annotations: { [annotation.configVersion]: version } };
}

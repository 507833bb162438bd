import { annotation } from '../../contract/names.ts';
import type { HooksConfig } from '../config.ts';
import type { DecoratorAnswer, DecoratorRequest, KubernetesObject } from '../metacontroller.ts';
import { observedNamed } from '../observed.ts';

/** A receiver's or dispatcher's Pod -> an annotation with the version of its ConfigMap: when it changes, kubelet refreshes the mounted file at once. One that does not run yet is annotated when it does, once. */
export function syncPod({ object, related }: DecoratorRequest, { systemNamespace }: HooksConfig): DecoratorAnswer {
  const { namespace, annotations } = object.metadata;
  const name = annotations?.[annotation.config];
  if (namespace !== systemNamespace || !name || !isRunning(object)) return {};
  const version = observedNamed(related, 'ConfigMap', systemNamespace, name)?.metadata.resourceVersion;
  return version === undefined ? {} : { annotations: { [annotation.configVersion]: version } };
}

function isRunning({ status }: KubernetesObject): boolean {
  return (status as { phase?: unknown } | undefined)?.phase === 'Running';
}

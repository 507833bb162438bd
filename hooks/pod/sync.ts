import type { ConfigMap } from 'kubernetes-types/core/v1.js';

import { annotation } from '../../contract/names.ts';
import type { HooksConfig } from '../config.ts';
import { fingerprint } from '../fingerprint.ts';
import type { DecoratorAnswer, DecoratorRequest, KubernetesObject } from '../metacontroller.ts';
import { compareText, observedNamed } from '../observed.ts';

/** A receiver's or dispatcher's Pod -> an annotation with the hash of its ConfigMap's data: when it changes, kubelet refreshes the mounted file at once. One that does not run yet is annotated when it does, once. */
export function syncPod({ object, related }: DecoratorRequest, { systemNamespace }: HooksConfig): DecoratorAnswer {
  const { namespace, annotations } = object.metadata;
  const name = annotations?.[annotation.config];
  if (namespace !== systemNamespace || !name || !isRunning(object)) return {};
  const configMap = observedNamed(related, 'ConfigMap', systemNamespace, name);
  return configMap === undefined ? {} : { annotations: { [annotation.configVersion]: versionOf(configMap) } };
}

/** Not its resourceVersion, which changes with its notes as well. */
function versionOf({ data = {} }: ConfigMap): string {
  return fingerprint(Object.entries(data).sort(([a], [b]) => compareText(a, b)));
}

function isRunning({ status }: KubernetesObject): boolean {
  return (status as { phase?: unknown } | undefined)?.phase === 'Running';
}

import type { ConfigMap } from 'kubernetes-types/core/v1.js';

import { annotation } from '../../contract/names.ts';
import type { HooksConfig } from '../config.ts';
import { fingerprint } from '../fingerprint.ts';
import type { DecoratorAnswer, DecoratorRequest, KubernetesObject } from '../metacontroller.ts';
import { compareText, observedNamed } from '../observed.ts';

/**
 * A receiver's or dispatcher's Pod -> an annotation with the hash of its ConfigMap's data: when it changes, kubelet refreshes the mounted file at once. One that does not run yet is annotated when it does.
 * Kubelet hears of Pods and of ConfigMaps by different ways: where it reads the file from the ConfigMap as it was, it does so again at the second annotation, and else not for a minute.
 */
export function syncPod({ object, related }: DecoratorRequest, { systemNamespace }: HooksConfig): DecoratorAnswer {
  const { namespace, annotations } = object.metadata;
  const name = annotations?.[annotation.config];
  if (namespace !== systemNamespace || !name || !isRunning(object)) return {};
  const configMap = observedNamed(related, 'ConfigMap', systemNamespace, name);
  if (configMap === undefined) return {};
  const version = versionOf(configMap);
  const isTold = annotations[annotation.configVersion] === version;
  return { annotations: { [annotation.configVersion]: version, ...(isTold && { [annotation.configVersionAgain]: version }) } };
}

/** Not its resourceVersion, which changes with its notes as well. */
function versionOf({ data = {} }: ConfigMap): string {
  return fingerprint(Object.entries(data).sort(([a], [b]) => compareText(a, b)));
}

function isRunning({ status }: KubernetesObject): boolean {
  return (status as { phase?: unknown } | undefined)?.phase === 'Running';
}

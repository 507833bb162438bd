import { Ajv } from 'ajv';
import type { JSONSchemaType } from 'ajv';

import { fileOptions, formatJsonFile } from '../contract/json-file.ts';
import { annotation } from '../contract/names.ts';
import type { KubernetesObject } from './metacontroller.ts';
import { readNote } from './note.ts';
import { canonicalQuantity, parseQuantity } from './quantity.ts';

/** Between how many pods an autoscaler decides, and the CPU that each of them is to use. */
export interface Autoscaler {
  minReplicas: number;
  maxReplicas: number;
  /** As the API server writes it: `500m`. */
  cpu: string;
}

const schema: JSONSchemaType<Autoscaler> = {
  type: 'object',
  required: ['minReplicas', 'maxReplicas', 'cpu'],
  properties: { minReplicas: { type: 'integer', minimum: 1 }, maxReplicas: { type: 'integer', minimum: 1 }, cpu: { type: 'string', minLength: 1 } },
};

const isAutoscaler = new Ajv(fileOptions).compile(schema);

/** With no more pods than `most`, and one at least. */
export function bounded({ minReplicas, maxReplicas, cpu }: Autoscaler, most: number): Autoscaler {
  const highest = Math.max(1, Math.min(maxReplicas, most));
  return { minReplicas: Math.min(minReplicas, highest), maxReplicas: highest, cpu };
}

/** Of its limit, what a container uses while the kernel does not hold it back yet. */
const shareOfLimit = 0.8;

/** A pod that is held to less CPU than asks for another one would never have another one. */
export function withinLimit(autoscaler: Autoscaler, limit: string | number | undefined): Autoscaler {
  // Kubernetes takes 0 for no limit.
  const most = (parseQuantity(limit ?? 0) || Infinity) * shareOfLimit;
  return (parseQuantity(autoscaler.cpu) ?? 0) <= most ? autoscaler : { ...autoscaler, cpu: canonicalQuantity(`${Math.max(1, Math.round(most * 1000))}m`) };
}

/** The annotation that notes it on the Deployment, for the hook that makes it. */
export function autoscalerNote(autoscaler: Autoscaler | undefined): { annotations?: Record<string, string> } {
  return autoscaler ? { annotations: { [annotation.autoscaler]: formatJsonFile(autoscaler) } } : {};
}

/** What a Deployment notes; undefined for one that is to have none. */
export function notedAutoscaler(deployment: KubernetesObject): Autoscaler | undefined {
  return deployment.metadata.annotations?.[annotation.autoscaler] === undefined ? undefined : readNote(deployment, annotation.autoscaler, isAutoscaler);
}

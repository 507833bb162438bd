import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.js';

import { receiverName } from '../../contract/names.ts';
import type { HooksConfig } from '../config.ts';
import { receiverLabels } from './receiver-labels.ts';

/** Draining nodes takes one receiver at a time; with a single replica it is never in the way. */
export function receiverDisruptionBudget(secretName: string, { systemNamespace }: HooksConfig): PodDisruptionBudget {
  const labels = receiverLabels(secretName);
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { namespace: systemNamespace, name: receiverName(secretName), labels },
    spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
  };
}

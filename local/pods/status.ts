import type { KubernetesObject } from '../../hooks/metacontroller.ts';

interface Condition {
  type: string;
  status: string;
  reason: string;
  lastTransitionTime: string;
}

/** Status of a Deployment that runs as at most one process, as the Deployment controller writes it. */
export function deploymentStatus(deployment: KubernetesObject, running: 0 | 1, ready: boolean, now: string): object {
  const readyReplicas = ready ? running : 0;
  const wanted = (deployment['spec'] as { replicas?: number }).replicas ?? 1;
  const available = readyReplicas > 0 || wanted === 0;
  const old = ((deployment['status'] as { conditions?: Condition[] } | undefined)?.conditions ?? []).find(({ type }) => type === 'Available');
  const status = available ? 'True' : 'False';
  return {
    observedGeneration: deployment.metadata.generation,
    replicas: running,
    updatedReplicas: running,
    ...(readyReplicas > 0 ? { readyReplicas, availableReplicas: readyReplicas } : { unavailableReplicas: running }),
    conditions: [
      {
        type: 'Available',
        status,
        reason: available ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
        lastTransitionTime: old?.status === status ? old.lastTransitionTime : now,
      },
    ],
  };
}

export function isAvailable(deployment: KubernetesObject | undefined): boolean {
  const { conditions = [] } = (deployment?.['status'] ?? {}) as { conditions?: Condition[] };
  return conditions.some(({ type, status }) => type === 'Available' && status === 'True');
}

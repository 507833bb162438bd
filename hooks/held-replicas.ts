import type { Deployment } from 'kubernetes-types/apps/v1.js';

const lastApplied = 'metacontroller.k8s.io/last-applied-configuration';

/**
 * Replicas of a Deployment that are left to an autoscaler and were ours before: the number that is there, as long as it counts as ours.
 * Metacontroller takes away what is not asked for any more, and all pods but one would go until the autoscaler has looked. Asking for what is there gets in nobody's way: where the number has changed meanwhile, the update is refused
 * for its age; with server-side apply, the number is the autoscaler's from its first write on.
 */
export function heldReplicas(observed: Deployment | undefined): number | undefined {
  return observed && (lastAsked(observed) || isApplied(observed)) ? observed.spec?.replicas : undefined;
}

/** With dynamic apply. */
function lastAsked({ metadata }: Deployment): boolean {
  const asked = JSON.parse(metadata?.annotations?.[lastApplied] ?? '{}') as Deployment;
  return asked.spec?.replicas !== undefined;
}

/** With server-side apply. */
function isApplied({ metadata }: Deployment): boolean {
  return (metadata?.managedFields ?? []).some(({ operation, fieldsV1 }) => {
    const { 'f:spec': spec } = (fieldsV1 ?? {}) as { 'f:spec'?: object };
    return operation === 'Apply' && spec !== undefined && 'f:replicas' in spec;
  });
}

import { nodeImage } from './cluster/project-images.ts';

/** Spec of a pod of the profile "restricted" that runs node. */
export function restrictedPod(container: { name: string; command: readonly string[]; readinessProbe?: object }): object {
  return {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 2,
    securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [{ image: nodeImage, ...container, securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } } }],
  };
}

import type { Deployment } from 'kubernetes-types/apps/v1.js';

import type { Check } from './conditions.ts';

/** Where the number of pods is given, and put back in the Deployment from. */
const replicasOf = {
  DispatcherReady: 'spec.dispatcher.replicas of the channel',
  ReceiverReady: 'RECEIVER_REPLICAS of the hooks',
};

/** Whether a Deployment has a pod that is available. `given`: how many there are to be; undefined where that is left to an autoscaler, or to people. */
export function deploymentCheck(type: keyof typeof replicasOf, name: string, deployment: Deployment | undefined, given?: number): Check {
  if (!deployment) return { type, ok: false, reason: 'DeploymentPending', message: `waiting for Deployment "${name}"` };
  if (conditionStatus(deployment, 'Available') === 'True' && (deployment.status?.availableReplicas ?? 0) > 0) return { type, ok: true, reason: 'Ready' };
  if (deployment.spec?.replicas === 0 && !given) {
    const remedy = given === 0 ? `raise ${replicasOf[type]}` : 'raise its replicas, or have its autoscaler raise them';
    return { type, ok: false, reason: 'DeploymentScaledToZero', message: `Deployment "${name}" is asked to run no pod: ${remedy}` };
  }
  if (conditionStatus(deployment, 'Progressing') === 'False') {
    return { type, ok: false, reason: 'DeploymentFailed', message: `Deployment "${name}" makes no progress: see why its pods do not start` };
  }
  return deploymentStarting(type, name);
}

/** Of a dispatcher's Deployment also while it is not there: it is asked for together with all that makes a channel Ready, and each text is a write of the ConfigMap that notes it and of the channel. */
export function deploymentStarting(type: string, name: string): Check {
  return { type, ok: false, reason: 'DeploymentStarting', message: `no pod of Deployment "${name}" is available yet` };
}

function conditionStatus(deployment: Deployment, type: string): string | undefined {
  return deployment.status?.conditions?.find((condition) => condition.type === type)?.status;
}

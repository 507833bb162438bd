import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import type { DeploymentsOptions } from './deployments.ts';
import { programOf } from './plan.ts';

/** What processes here are told otherwise than pods in a cluster. */
export function localVariables(env: NodeJS.ProcessEnv): Pick<DeploymentsOptions, 'baseEnv' | 'partEnv'> {
  const inherited = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'NODE_COMPILE_CACHE'].map((name) => [name, env[name]] as const);
  const shutdown = { SHUTDOWN_TIMEOUT_MS: '5000' };
  // Subscribers run on this machine, and no address is that of a Service.
  const egress = { EGRESS_ALLOW: '127.0.0.0/8,::1', SYSTEM_NAMESPACE: '' };
  return {
    baseEnv: Object.fromEntries(inherited.filter((entry): entry is [string, string] => entry[1] !== undefined)),
    // Each delivery is logged at level debug, which is where the lines on the screen come from.
    partEnv: { receiver: { ...shutdown, DRAIN_MS: '0' }, dispatcher: { ...shutdown, ...egress, LOG_LEVEL: 'debug' } },
  };
}

/** Throws StartError for a Deployment that cannot run here. */
export function checkPrograms(deployment: KubernetesObject): void {
  programOf(deployment);
}

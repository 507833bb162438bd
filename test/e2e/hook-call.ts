import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import type { Kubernetes } from './kubernetes.ts';

const post = `
const [url, token, body] = process.argv.slice(1);
const response = await fetch(url, {method: 'POST', headers: {'content-type': 'application/json', ...(token && {authorization: 'Bearer ' + token})}, body});
console.log(JSON.stringify({status: response.status, text: await response.text()}));
`;

export interface HookCaller {
  /** A pod to call from. */
  readonly from: { namespace: string; deployment: string };
  readonly systemNamespace: string;
  readonly token: string;
  /** Of the hooks' Service; 80 by default. */
  readonly port?: number;
}

/** Posts to the running hooks over their Service, as Metacontroller would. */
export async function callHook(kubernetes: Kubernetes, { from, systemNamespace, token, port = 80 }: HookCaller, path: string, body: object): Promise<{ status: number; text: string }> {
  const url = `http://kafka-channel-hooks.${systemNamespace}.svc.cluster.local:${port}${path}`;
  const command = ['node', '--input-type=module', '-e', post, '--', url, token, JSON.stringify(body)];
  return JSON.parse(await kubernetes.run('exec', '-n', from.namespace, `deployment/${from.deployment}`, '--', ...command)) as { status: number; text: string };
}

/** Objects by `Kind.group/version`, then `namespace/name`. */
export function related(...objects: KubernetesObject[]): Record<string, Record<string, KubernetesObject>> {
  const groups: Record<string, Record<string, KubernetesObject>> = {};
  for (const object of objects) {
    const group = (groups[`${object.kind}.${object.apiVersion}`] ??= {});
    group[`${object.metadata.namespace ?? ''}/${object.metadata.name}`] = object;
  }
  return groups;
}

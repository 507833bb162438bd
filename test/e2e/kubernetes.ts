import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import type { Cluster } from './cluster/cluster.ts';
import { clusterIfUp } from './cluster/cluster.ts';
import { output } from './cluster/command.ts';
import { projectFolder } from './cluster/folders.ts';
import { until } from './cluster/wait.ts';
import type { WaitOptions } from './cluster/wait.ts';

/** The cluster that the suite started, with the few calls that tests make. */
export class Kubernetes {
  readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  static async connect(): Promise<Kubernetes> {
    const cluster = await clusterIfUp();
    if (!cluster) throw new Error('no cluster is up: run the suite with "npm run e2e"');
    return new Kubernetes(cluster);
  }

  /** kubectl; returns stdout. */
  run(...args: string[]): Promise<string> {
    return this.cluster.kubectl(args);
  }

  /** A line of shell that calls kubectl, in the project's folder. */
  shell(command: string): Promise<string> {
    return output('bash', ['-c', command], { cwd: projectFolder, env: this.cluster.shell, timeoutMs: 180_000 });
  }

  /** As `kubectl apply --server-side`: YAML text or objects. Strict: an unknown field is an error. */
  apply(input: string | readonly object[], ...flags: string[]): Promise<string> {
    return this.cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-', ...flags], { input: textOf(input) });
  }

  /** What the API server would say, without keeping anything. */
  dryRun(input: string | readonly object[]): Promise<string> {
    return this.apply(input, '--dry-run=server');
  }

  /** An object, or undefined where it does not exist. */
  async get(resource: string, name: string, namespace?: string): Promise<KubernetesObject | undefined> {
    const text = await this.run('get', resource, name, '--ignore-not-found', '-o', 'json', ...inNamespace(namespace));
    return text === '' ? undefined : (JSON.parse(text) as KubernetesObject);
  }

  async list(resource: string, namespace?: string, selector?: string): Promise<KubernetesObject[]> {
    const text = await this.run('get', resource, '-o', 'json', ...inNamespace(namespace), ...(selector ? ['-l', selector] : []));
    return (JSON.parse(text) as { items: KubernetesObject[] }).items;
  }

  /** In all namespaces. */
  async listAll(resource: string): Promise<KubernetesObject[]> {
    return (JSON.parse(await this.run('get', resource, '-A', '-o', 'json')) as { items: KubernetesObject[] }).items;
  }

  /** Merge patch. */
  patch(resource: string, name: string, namespace: string, patch: object, ...flags: string[]): Promise<string> {
    return this.run('patch', resource, name, ...inNamespace(namespace), '--type=merge', '-p', JSON.stringify(patch), ...flags);
  }

  /** Waits until an object is as wanted, and returns it; the error says what it looked like last. */
  async when(resource: string, name: string, namespace: string | undefined, wanted: (object: KubernetesObject) => boolean, options?: WaitOptions): Promise<KubernetesObject> {
    return until(
      `${resource} ${name}`,
      async () => {
        const object = await this.get(resource, name, namespace);
        if (object && wanted(object)) return object;
        throw new Error(object ? `last seen: ${JSON.stringify({ metadata: { generation: object.metadata.generation }, spec: object['spec'], status: object['status'] }).slice(0, 3000)}` : 'it does not exist');
      },
      options,
    );
  }

  async gone(resource: string, name: string, namespace: string | undefined, options?: WaitOptions): Promise<void> {
    await until(
      `${resource} ${name} gone`,
      async () => {
        const object = await this.get(resource, name, namespace);
        if (object) throw new Error(`it is still there: ${JSON.stringify(object.metadata).slice(0, 1000)}`);
        return true;
      },
      options,
    );
  }

  /** Waits for all pods of a Deployment; the error says why they are not ready. */
  async rolledOut(deployment: string, namespace: string): Promise<void> {
    try {
      await this.run('rollout', 'status', `deployment/${deployment}`, '-n', namespace, '--timeout=90s');
    } catch (error) {
      const pods = await this.run('get', 'pods', '-n', namespace, '-o', 'wide');
      const events = await this.run('get', 'events', '-n', namespace, '--sort-by=.lastTimestamp');
      const logs = await this.run('logs', `deployment/${deployment}`, '-n', namespace, '--tail=20').catch(String);
      throw new Error([(error as Error).message, pods, events.split('\n').slice(-15).join('\n'), logs].join('\n'), { cause: error });
    }
  }
}

function inNamespace(namespace: string | undefined): string[] {
  return namespace === undefined ? [] : ['-n', namespace];
}

function textOf(input: string | readonly object[]): string {
  return typeof input === 'string' ? input : JSON.stringify({ apiVersion: 'v1', kind: 'List', items: input });
}

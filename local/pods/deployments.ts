import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { titleOf } from '../manifests/manifest.ts';
import { idOf, keyOf } from '../metacontroller/resources.ts';
import type { ObjectStore } from '../metacontroller/store.ts';
import type { AssignedPorts } from '../ports/assigned.ts';
import { LocalDeployment } from './local-deployment.ts';
import type { Part } from './plan.ts';
import { deploymentStatus } from './status.ts';

export interface DeploymentsOptions {
  readonly store: ObjectStore;
  readonly ports: AssignedPorts;
  /** Where events are taken; 0: any free port. */
  readonly receiverPort: number;
  /** Folder with one folder a pod, for its volumes. */
  readonly podsFolder: string;
  readonly logsFolder: string;
  /** Variables that every process gets, such as PATH. */
  readonly baseEnv: Readonly<Record<string, string>>;
  /** Variables of our own programs that differ from those in a cluster. */
  readonly partEnv: Readonly<Partial<Record<Part, Readonly<Record<string, string>>>>>;
  readonly onLine: (source: { name: string; part: Part }, line: string, stream: 'stdout' | 'stderr') => void;
  readonly onSay: (line: string) => void;
  readonly onPid: (pid: number) => void;
}

/** The Deployment controller's and kubelet's part of local mode: each Deployment of the store runs as one process of this machine. */
export class Deployments {
  readonly #options: DeploymentsOptions;
  readonly #running = new Map<string, LocalDeployment>();
  readonly #ending = new Map<string, Promise<void>>();
  readonly #saidReplicas = new Set<string>();
  #state: 'waiting' | 'started' | 'stopped' = 'waiting';
  #queued = false;
  /** The receiver that takes events on the port that was asked for. */
  #firstReceiver: string | undefined;

  constructor(options: DeploymentsOptions) {
    this.#options = options;
    options.store.onChange(() => this.#queue());
  }

  start(): void {
    this.#state = 'started';
    this.#queue();
  }

  /** Whether a program has ended by itself several times. */
  isCrashing(): boolean {
    return [...this.#running.values()].some(({ crashes }) => crashes >= 3);
  }

  /** What runs for a Deployment. */
  of(deployment: KubernetesObject): Pick<LocalDeployment, 'logFile' | 'crashes'> | undefined {
    return this.#running.get(keyOf(idOf(deployment)));
  }

  /** Users' programs end after ours, so that what is under way can be delivered. */
  async stop(patienceMs: number): Promise<void> {
    this.#state = 'stopped';
    const all = [...this.#running.values()];
    await Promise.all([...this.#ending.values(), ...all.filter(({ part }) => part !== 'user').map((running) => running.stop(patienceMs))]);
    await Promise.all(all.filter(({ part }) => part === 'user').map((running) => running.stop(Math.min(patienceMs, 2000))));
  }

  kill(): void {
    this.#state = 'stopped';
    for (const running of this.#running.values()) running.kill();
  }

  /** Changes that come together are looked at together. */
  #queue(): void {
    if (this.#queued || this.#state !== 'started') return;
    this.#queued = true;
    queueMicrotask(() => {
      this.#queued = false;
      if (this.#state === 'started') this.#look();
    });
  }

  #look(): void {
    const deployments = this.#options.store.list('apps/v1', 'Deployment').filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const wanted = new Map(deployments.filter((deployment) => replicasOf(deployment) > 0).map((deployment) => [keyOf(idOf(deployment)), deployment]));
    for (const [key, running] of this.#running) if (!wanted.has(key)) this.#end(key, running);
    for (const [key, deployment] of wanted) this.#run(key, deployment);
    for (const idle of deployments.filter((deployment) => replicasOf(deployment) === 0)) this.#options.store.setStatus(idOf(idle), deploymentStatus(idle, 0, false, new Date().toISOString()));
  }

  #run(key: string, deployment: KubernetesObject): void {
    // Its predecessor still has the ports and the folder.
    if (this.#ending.has(key)) return;
    this.#sayReplicas(key, deployment);
    const running = this.#running.get(key) ?? new LocalDeployment(deployment, this.#options);
    this.#running.set(key, running);
    if (running.part === 'receiver') this.#firstReceiver ??= key;
    const { receiverPort } = this.#options;
    running.follow(deployment, key === this.#firstReceiver && receiverPort !== 0 ? receiverPort : undefined);
  }

  #end(key: string, running: LocalDeployment): void {
    this.#running.delete(key);
    const ended = running.stop(10_000).finally(() => {
      this.#ending.delete(key);
      this.#queue();
    });
    this.#ending.set(key, ended);
  }

  #sayReplicas(key: string, deployment: KubernetesObject): void {
    const replicas = replicasOf(deployment);
    if (replicas < 2 || this.#saidReplicas.has(key)) return;
    this.#saidReplicas.add(key);
    this.#options.onSay(`${titleOf(deployment)} asks for ${replicas} replicas: one runs here`);
  }
}

function replicasOf(deployment: KubernetesObject): number {
  return (deployment['spec'] as { replicas?: number }).replicas ?? 1;
}

import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { port } from '../../contract/mounts.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { idOf, keyOf } from '../metacontroller/resources.ts';
import type { ObjectStore } from '../metacontroller/store.ts';
import type { AssignedPorts } from '../ports/assigned.ts';
import { valueFrom, volumeFiles } from './lookup.ts';
import type { Part } from './plan.ts';
import { containerPort, environmentOf, movablePorts, partOf, programOf, templateOf, withFolders } from './plan.ts';
import { Pod } from './pod.ts';
import { deploymentStatus } from './status.ts';
import type { VolumeFiles } from './volume.ts';
import { writeVolume } from './volume.ts';

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

interface Running {
  readonly pod: Pod;
  readonly part: Part;
  readonly template: string;
  readonly logFile: string;
  readonly written: Map<string, string>;
}

/** The Deployment controller's and kubelet's part of local mode: each Deployment of the store runs as one process of this machine. */
export class Deployments {
  readonly #options: DeploymentsOptions;
  readonly #running = new Map<string, Running>();
  readonly #saidReplicas = new Set<string>();
  #syncing: Promise<void> = Promise.resolve();
  #queued = false;
  #started = false;
  #receiverPortTaken = false;
  #stopped = false;

  constructor(options: DeploymentsOptions) {
    this.#options = options;
    options.store.onChange(() => this.#queue());
  }

  start(): void {
    this.#started = true;
    this.#queue();
  }

  /** Whether a program has ended by itself several times. */
  isCrashing(): boolean {
    return [...this.#running.values()].some(({ pod }) => pod.crashes >= 3);
  }

  /** Log file and number of crashes of what runs for a Deployment. */
  stateOf(deployment: KubernetesObject): { logFile: string; crashes: number } | undefined {
    const running = this.#running.get(keyOf(idOf(deployment)));
    return running && { logFile: running.logFile, crashes: running.pod.crashes };
  }

  /** Users' programs end after ours, so that what is under way can be delivered. */
  async stop(patienceMs: number): Promise<void> {
    this.#stopped = true;
    await this.#syncing;
    const all = [...this.#running.values()];
    await Promise.all(all.filter(({ part }) => part !== 'user').map(({ pod }) => pod.stop(patienceMs)));
    await Promise.all(all.filter(({ part }) => part === 'user').map(({ pod }) => pod.stop(Math.min(patienceMs, 2000))));
  }

  kill(): void {
    this.#stopped = true;
    for (const { pod } of this.#running.values()) pod.kill();
  }

  #queue(): void {
    if (this.#queued || this.#stopped || !this.#started) return;
    this.#queued = true;
    this.#syncing = this.#syncing.then(() => this.#sync()).catch((error: unknown) => this.#options.onSay((error as Error).message));
  }

  async #sync(): Promise<void> {
    this.#queued = false;
    const deployments = this.#options.store.list('apps/v1', 'Deployment').filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const wanted = new Set(deployments.filter((deployment) => replicasOf(deployment) > 0).map((deployment) => keyOf(idOf(deployment))));
    await Promise.all([...this.#running].filter(([key]) => !wanted.has(key)).map(([key, running]) => this.#end(key, running)));
    for (const deployment of deployments) {
      if (this.#stopped) return;
      if (wanted.has(keyOf(idOf(deployment)))) await this.#run(deployment);
      else this.#options.store.setStatus(idOf(deployment), deploymentStatus(deployment, 0, false, new Date().toISOString()));
    }
  }

  async #run(deployment: KubernetesObject): Promise<void> {
    const key = keyOf(idOf(deployment));
    const template = JSON.stringify(templateOf(deployment));
    const running = this.#running.get(key);
    if (running?.template !== template) {
      if (running) await this.#end(key, running);
      await this.#start(deployment, template);
    } else {
      await this.#writeVolumes(deployment, running.written);
    }
  }

  async #end(key: string, running: Running): Promise<void> {
    await running.pod.stop(10_000);
    this.#running.delete(key);
  }

  async #start(deployment: KubernetesObject, template: string): Promise<void> {
    const { metadata } = deployment;
    const name = `${metadata.namespace ?? ''}.${metadata.name}`;
    const [container] = templateOf(deployment).spec.containers;
    const program = programOf(deployment);
    if (await this.#options.ports.assign(keyOf(idOf(deployment)), movablePorts(container), this.#fixedPorts(deployment))) this.#options.store.touch();
    const folder = join(this.#options.podsFolder, name);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const written = new Map<string, string>();
    if (!(await this.#writeVolumes(deployment, written))) return;
    this.#options.store.put(podOf(deployment));
    const logFile = join(this.#options.logsFolder, `${name}.log`);
    await writeFile(logFile, '', { flag: 'a' });
    const part = partOf(templateOf(deployment));
    this.#sayReplicas(deployment);
    const pod = this.#pod(deployment, part, folder, logFile, program);
    this.#running.set(keyOf(idOf(deployment)), { pod, part, template, logFile, written });
  }

  #pod(deployment: KubernetesObject, part: Part, folder: string, logFile: string, program: readonly string[]): Pod {
    const { store, baseEnv, partEnv, onLine, onSay, onPid } = this.#options;
    const [container] = templateOf(deployment).spec.containers;
    const folders = foldersOf(deployment, folder);
    const ports = this.#portsOf(deployment);
    const env = environmentOf(container, folders, ports, (variable) => valueFrom(variable, podOf(deployment), store));
    const title = `Deployment ${deployment.metadata.namespace ?? ''}/${deployment.metadata.name}`;
    return new Pod({
      title,
      command: [process.execPath, ...program.map((word) => withFolders(word, folders))],
      env: { ...baseEnv, ...env, ...partEnv[part] },
      folder,
      logFile,
      readinessUrl: this.#readinessUrl(deployment),
      onLine: (line, stream) => onLine({ name: deployment.metadata.name, part }, line, stream),
      onReady: (ready) => this.#report(deployment, ready),
      onPid,
      onCrash: (code, restartInMs) => onSay(`${title} ended (${code === null ? 'by a signal' : `exit code ${code}`}): starting it again in ${restartInMs / 1000} s: read ${logFile}`),
    });
  }

  #report(deployment: KubernetesObject, ready: boolean): void {
    const current = this.#options.store.get(idOf(deployment));
    if (current) this.#options.store.setStatus(idOf(current), deploymentStatus(current, 1, ready, new Date().toISOString()));
  }

  /** The first receiver takes events on the port that was asked for. */
  #fixedPorts(deployment: KubernetesObject): Map<number, number> {
    const { receiverPort } = this.#options;
    if (partOf(templateOf(deployment)) !== 'receiver' || this.#receiverPortTaken || receiverPort === 0) return new Map();
    this.#receiverPortTaken = true;
    return new Map([[port.receiver, receiverPort]]);
  }

  #portsOf(deployment: KubernetesObject): Map<number, number> {
    const [container] = templateOf(deployment).spec.containers;
    return new Map(movablePorts(container).map((number) => [number, this.#options.ports.of(keyOf(idOf(deployment)), number) ?? number]));
  }

  #readinessUrl(deployment: KubernetesObject): string | undefined {
    const [container] = templateOf(deployment).spec.containers;
    const probe = container.readinessProbe?.httpGet;
    const number = containerPort(container, probe?.port);
    return probe && number !== undefined ? `http://127.0.0.1:${this.#portsOf(deployment).get(number) ?? number}${probe.path ?? '/'}` : undefined;
  }

  /** Whether every object that the volumes need is there. */
  async #writeVolumes(deployment: KubernetesObject, written: Map<string, string>): Promise<boolean> {
    const { store, podsFolder } = this.#options;
    const folder = join(podsFolder, `${deployment.metadata.namespace ?? ''}.${deployment.metadata.name}`);
    for (const volume of templateOf(deployment).spec.volumes ?? []) {
      const files = volumeFiles(volume, podOf(deployment), store);
      if (!files) return false;
      const digest = digestOf(files);
      if (written.get(volume.name) !== digest) await writeVolume(join(folder, volume.name), files);
      written.set(volume.name, digest);
    }
    return true;
  }

  #sayReplicas(deployment: KubernetesObject): void {
    const replicas = replicasOf(deployment);
    const key = keyOf(idOf(deployment));
    if (replicas < 2 || this.#saidReplicas.has(key)) return;
    this.#saidReplicas.add(key);
    this.#options.onSay(`Deployment ${deployment.metadata.namespace ?? ''}/${deployment.metadata.name} asks for ${replicas} replicas: one runs here`);
  }
}

function replicasOf(deployment: KubernetesObject): number {
  return (deployment['spec'] as { replicas?: number }).replicas ?? 1;
}

/** The one pod of a Deployment. What controllers wrote on it stays. */
function podOf(deployment: KubernetesObject): KubernetesObject {
  const { apiVersion, kind, metadata } = deployment;
  const template = templateOf(deployment);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${metadata.name}-local`,
      ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
      ...template.metadata,
      ownerReferences: [{ apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true, blockOwnerDeletion: true }],
    },
    spec: template.spec,
  };
}

/** Folders of this machine by the container's mount paths. */
function foldersOf(deployment: KubernetesObject, folder: string): Map<string, string> {
  const [container] = templateOf(deployment).spec.containers;
  return new Map((container.volumeMounts ?? []).map(({ name, mountPath, subPath }) => [mountPath, join(folder, name, subPath ?? '')]));
}

function digestOf(files: VolumeFiles): string {
  const hash = createHash('sha256');
  for (const [path, content] of files) hash.update(`${path}\0${content.length}\0`).update(content);
  return hash.digest('hex');
}

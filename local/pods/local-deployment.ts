import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { port } from '../../contract/mounts.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { titleOf } from '../manifests/manifest.ts';
import { idOf, keyOf } from '../metacontroller/resources.ts';
import type { DeploymentsOptions } from './deployments.ts';
import type { Part } from './plan.ts';
import { movablePorts, partOf, templateOf } from './plan.ts';
import { Pod } from './pod.ts';
import { localProgram, podOf } from './pod-object.ts';
import { deploymentStatus } from './status.ts';
import { Volumes } from './volumes.ts';

/** One Deployment as a process of this machine: started, started again when its template changes, its volumes kept up to date. */
export class LocalDeployment {
  readonly part: Part;
  readonly logFile: string;
  readonly #options: DeploymentsOptions;
  readonly #folder: string;
  /** What it is to become; taken up one after the other, the last one always. */
  #wanted: KubernetesObject | undefined;
  #working: Promise<void> | undefined;
  #running: { readonly template: string; readonly pod: Pod; readonly volumes: Volumes } | undefined;

  constructor(deployment: KubernetesObject, options: DeploymentsOptions) {
    const name = `${deployment.metadata.namespace ?? ''}.${deployment.metadata.name}`;
    this.part = partOf(templateOf(deployment));
    this.logFile = join(options.logsFolder, `${name}.log`);
    this.#folder = join(options.podsFolder, name);
    this.#options = options;
  }

  get crashes(): number {
    return this.#running?.pod.crashes ?? 0;
  }

  /** Makes it what the Deployment says now. `fixedPort`: where a receiver takes events; undefined: any free port. */
  follow(deployment: KubernetesObject, fixedPort: number | undefined): void {
    this.#wanted = deployment;
    this.#working ??= this.#work(fixedPort).catch((error: unknown) => this.#options.onSay(`${titleOf(deployment)}: ${(error as Error).message}`)).finally(() => (this.#working = undefined));
  }

  async stop(patienceMs: number): Promise<void> {
    this.#wanted = undefined;
    await this.#working;
    await this.#running?.pod.stop(patienceMs);
    this.#running = undefined;
  }

  kill(): void {
    this.#running?.pod.kill();
  }

  async #work(fixedPort: number | undefined): Promise<void> {
    for (let next = this.#wanted; next; next = this.#wanted) {
      this.#wanted = undefined;
      const template = JSON.stringify(templateOf(next));
      if (this.#running?.template === template) {
        await this.#running.volumes.write(next, this.#options.store);
        continue;
      }
      await this.#running?.pod.stop(10_000);
      this.#running = undefined;
      await this.#start(next, template, fixedPort);
    }
  }

  async #start(deployment: KubernetesObject, template: string, fixedPort: number | undefined): Promise<void> {
    const { store, ports, baseEnv, partEnv, onLine, onSay, onPid } = this.#options;
    const fixed = new Map(fixedPort === undefined ? [] : [[port.receiver, fixedPort]]);
    if (await ports.assign(keyOf(idOf(deployment)), movablePorts(templateOf(deployment).spec.containers[0]), fixed)) store.touch();
    await rm(this.#folder, { recursive: true, force: true });
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const volumes = new Volumes(this.#folder);
    // Something that it mounts is missing: the store calls again when it comes.
    if (!(await volumes.write(deployment, store))) return;
    store.put(podOf(deployment));
    const program = localProgram(deployment, this.#folder, ports, store);
    const pod = new Pod({
      ...program,
      env: { ...baseEnv, ...program.env, ...partEnv[this.part] },
      folder: this.#folder,
      logFile: this.logFile,
      onLine: (line, stream) => onLine({ name: deployment.metadata.name, part: this.part }, line, stream),
      onReady: (ready) => this.#report(deployment, ready),
      onPid,
      onCrash: (code, restartInMs) => onSay(`${program.title} ended (${code === null ? 'by a signal' : `exit code ${code}`}): starting it again in ${restartInMs / 1000} s: read ${this.logFile}`),
    });
    this.#running = { template, pod, volumes };
  }

  #report(deployment: KubernetesObject, ready: boolean): void {
    const { store } = this.#options;
    const current = store.get(idOf(deployment));
    if (current) store.setStatus(idOf(current), deploymentStatus(current, 1, ready, new Date().toISOString()));
  }
}

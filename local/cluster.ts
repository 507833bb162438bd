import { setTimeout as delay } from 'node:timers/promises';

import type { Subscriber } from '../contract/generated/kafkachannel.ts';
import { port as containerPorts } from '../contract/mounts.ts';
import type { KubernetesObject } from '../hooks/metacontroller.ts';
import { localResolver } from './addresses/local-resolver.ts';
import { applyManifests } from './apply-manifests.ts';
import { MetacontrollerLoop } from './metacontroller/loop.ts';
import { shippedControllers } from './metacontroller/controllers.ts';
import type { HookCall } from './metacontroller/reconcile.ts';
import { idOf, keyOf } from './metacontroller/resources.ts';
import type { DeploymentsOptions } from './pods/deployments.ts';
import { Deployments } from './pods/deployments.ts';
import { partOf, templateOf } from './pods/plan.ts';
import type { Waiting } from './readiness.ts';
import { waitingFor } from './readiness.ts';
import { publishSubscribers } from './subscriptions.ts';

export interface LocalClusterOptions extends DeploymentsOptions {
  readonly call: HookCall;
}

/** What stands in for a cluster: objects, the controllers that act on them, and the processes that run for them. */
export class LocalCluster {
  readonly deployments: Deployments;
  readonly #options: LocalClusterOptions;
  readonly #loop: MetacontrollerLoop;
  #listed: ReadonlyMap<string, readonly Subscriber[]> = new Map();
  #unresolved: ReadonlyMap<string, string> = new Map();
  #publishing = false;

  constructor(options: LocalClusterOptions) {
    const { store, call, onSay } = options;
    this.#options = options;
    this.deployments = new Deployments(options);
    this.#loop = new MetacontrollerLoop({ controllers: shippedControllers(), store, call, onTrouble: (parent, error) => onSay(`${parent.replace(/^[^/]*\//, '')}: ${error.message}: it is tried again`) });
    store.onChange(() => this.#publishSoon());
  }

  /** Makes the objects of the manifests the ones that count. */
  apply(objects: readonly KubernetesObject[], systemNamespace: string): void {
    this.#listed = applyManifests(this.#options.store, objects, systemNamespace);
    this.#publish();
    this.#loop.start();
    this.deployments.start();
  }

  /** What keeps events from flowing; empty when everything is ready. */
  waiting(): Waiting[] {
    const subscriptions = [...this.#unresolved].map(([name, why]) => ({ what: `Subscription ${name}`, why, stuck: true }));
    return [...subscriptions, ...waitingFor(this.#options.store)];
  }

  /** Settles with nothing when all is ready, or with what is not when it is stuck or the time is over. */
  async ready(limitMs: number, signal: AbortSignal, say: (busyWith: string) => void): Promise<Waiting[]> {
    const deadline = Date.now() + limitMs;
    let stuckSince: number | undefined;
    for (;;) {
      const waiting = this.waiting();
      if (waiting.length === 0 || signal.aborted) return [];
      say(`waiting for ${waiting[0]?.what ?? ''}${waiting.length > 1 ? ` and ${waiting.length - 1} more` : ''}`);
      stuckSince = waiting.some(({ stuck }) => stuck) || this.deployments.isCrashing() ? (stuckSince ?? Date.now()) : undefined;
      if (Date.now() > deadline || (stuckSince !== undefined && Date.now() - stuckSince > stuckPatienceMs)) return waiting;
      await delay(50, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Where events are taken, without a slash at the end; undefined until a receiver has its port. */
  receiverUrl(): string | undefined {
    const { store, ports } = this.#options;
    const receiver = store.list('apps/v1', 'Deployment').find((deployment) => partOf(templateOf(deployment)) === 'receiver');
    const port = receiver && ports.of(keyOf(idOf(receiver)), containerPorts.receiver);
    return port === undefined ? undefined : `http://127.0.0.1:${port}`;
  }

  async stop(patienceMs: number): Promise<void> {
    await this.#loop.stop();
    await this.deployments.stop(patienceMs);
  }

  #publishSoon(): void {
    if (this.#publishing) return;
    this.#publishing = true;
    queueMicrotask(() => this.#publish());
  }

  #publish(): void {
    const { store, ports } = this.#options;
    this.#unresolved = publishSubscribers(store, localResolver(store, ports, () => this.receiverUrl()), this.#listed);
    this.#publishing = false;
  }
}

/** How long something that a human must act on may stay so: its cause may be under way. */
const stuckPatienceMs = 6000;

import { setTimeout as delay } from 'node:timers/promises';

import type { Subscriber } from '../contract/generated/kafkachannel.ts';
import { port as containerPorts } from '../contract/mounts.ts';
import type { ChannelKey } from '../contract/names.ts';
import { channelId, channelServiceName } from '../contract/names.ts';
import type { KubernetesObject } from '../hooks/metacontroller.ts';
import { localResolver } from './addresses/local-resolver.ts';
import { applyManifests } from './apply-manifests.ts';
import { MetacontrollerLoop } from './metacontroller/loop.ts';
import { shippedControllers } from './metacontroller/controllers.ts';
import type { HookCall } from './metacontroller/reconcile.ts';
import { keyOf } from './metacontroller/resources.ts';
import type { DeploymentsOptions } from './pods/deployments.ts';
import { Deployments } from './pods/deployments.ts';
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

  /** What keeps events from flowing, that which waiting will not help first; empty when everything is ready. */
  waiting(): Waiting[] {
    const subscriptions = [...this.#unresolved].map(([name, why]) => ({ what: `Subscription ${name}`, why, stuck: true }));
    const all = [...waitingFor(this.#options.store), ...subscriptions];
    return [...all.filter(({ stuck }) => stuck), ...all.filter(({ stuck }) => !stuck)];
  }

  /** Settles with nothing when all is ready, or with what is not when it is stuck or the time is over. */
  async ready(limitMs: number, signal: AbortSignal, say: (busyWith: string) => void): Promise<Waiting[]> {
    const deadline = Date.now() + limitMs;
    let stuckSince = Infinity;
    for (;;) {
      const waiting = this.waiting();
      if (waiting.length === 0 || signal.aborted) return [];
      say(inWords(waiting));
      stuckSince = waiting.some(({ stuck }) => stuck) || this.deployments.isCrashing() ? Math.min(stuckSince, Date.now()) : Infinity;
      if (Date.now() > Math.min(deadline, stuckSince + stuckPatienceMs)) return waiting;
      await delay(50, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Where events for a channel are taken; undefined until its receiver has a port. */
  channelUrl(channel: ChannelKey): string | undefined {
    const { store, ports } = this.#options;
    const service = store.get({ apiVersion: 'v1', kind: 'Service', namespace: channel.namespace, name: channelServiceName(channel.name) });
    const [name, namespace] = ((service?.['spec'] as { externalName?: string } | undefined)?.externalName ?? '').split('.');
    const port = ports.of(keyOf({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: namespace ?? '', name: name ?? '' }), containerPorts.receiver);
    return port === undefined ? undefined : `http://127.0.0.1:${port}/${channelId(channel)}`;
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
    this.#unresolved = publishSubscribers(store, localResolver(store, ports, (channel) => this.channelUrl(channel)), this.#listed);
    this.#publishing = false;
  }
}

function inWords([first, ...others]: readonly Waiting[]): string {
  return `waiting for ${first?.what ?? ''}${others.length > 0 ? ` and ${others.length} more` : ''}`;
}

/** How long something that a human must act on may stay so: its cause may be under way. */
const stuckPatienceMs = 6000;

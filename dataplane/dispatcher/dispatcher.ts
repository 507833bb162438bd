import { isDeepStrictEqual } from 'node:util';

import type { DispatcherFile, SubscriptionSpec } from '../../contract/dispatcher-file.ts';
import { parseDispatcherFile } from '../../contract/dispatcher-file.ts';
import type { Logger } from '../../runtime/log.ts';
import type { RunningSubscription } from './subscription.ts';

export type ChannelOfFile = Pick<DispatcherFile, 'channel' | 'topic'>;

export interface DispatcherOptions {
  readonly log: Logger;
  start(spec: SubscriptionSpec, of: ChannelOfFile): RunningSubscription;
}

interface Wanted {
  readonly spec: SubscriptionSpec;
  readonly of: ChannelOfFile;
  /** Grows with every restart of all. */
  readonly generation: number;
}

interface Slot {
  wanted: Wanted | undefined;
  running: (Wanted & { readonly subscription: RunningSubscription }) | undefined;
  /** Settles when what runs is what is wanted. */
  settled: Promise<void>;
}

/** Time that attempts have which are under way for a subscription that is removed or changed: it leaves its group soon. */
const removalDrainMs = 5000;

/** The file it was given last, as running subscriptions: those that did not change are left alone. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #slots = new Map<string, Slot>();
  #hasFile = false;
  #isBroken = false;
  #isStopping = false;
  #generation = 0;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Whether a good file was seen. */
  get hasFile(): boolean {
    return this.#hasFile;
  }

  /** Why not every partition of every subscription is being read, in one line; undefined where all are. */
  get unread(): string | undefined {
    for (const { wanted, running } of this.#slots.values()) {
      const reason = running ? running.subscription.unread : 'has not been started yet';
      if (wanted && reason !== undefined) return `subscription ${wanted.spec.name} ${reason}`;
    }
    return undefined;
  }

  /** Why only another process helps, in one line; undefined where this one does its work. */
  get broken(): string | undefined {
    if (this.#isBroken) return 'a subscription cannot be started or stopped';
    for (const { running } of this.#slots.values()) {
      const stuck = running?.subscription.stuck;
      if (stuck !== undefined) return `subscription ${running?.spec.name} ${stuck}`;
    }
    return undefined;
  }

  /** Stops and starts every subscription, each after the other's own pace: something that `start` uses has changed. */
  restart(): void {
    this.#generation += 1;
    for (const [uid, { wanted }] of this.#slots) if (wanted) this.#want(uid, { ...wanted, generation: this.#generation });
  }

  /** Goes over to what the text says. A text that says nothing sensible changes nothing. */
  follow(text: string): void {
    const { log } = this.#options;
    let file: DispatcherFile;
    try {
      file = parseDispatcherFile(text);
    } catch (error) {
      log.error(`${(error as Error).message}: ${this.#hasFile ? 'keeping the last good one' : 'waiting for a good one'}`);
      return;
    }
    this.#hasFile = true;
    const { subscriptions, ...of } = file;
    log.info({ topic: of.topic, subscriptions: subscriptions.map(({ uid }) => uid) }, 'following the dispatcher file');
    const wanted = new Map(subscriptions.map((spec) => [spec.uid, spec]));
    for (const uid of this.#slots.keys()) if (!wanted.has(uid)) this.#want(uid, undefined);
    for (const [uid, spec] of wanted) this.#want(uid, { spec, of, generation: this.#generation });
  }

  /** Stops every subscription. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const uid of this.#slots.keys()) this.#want(uid, undefined);
    await Promise.all([...this.#slots.values()].map(({ settled }) => settled));
  }

  #want(uid: string, wanted: Wanted | undefined): void {
    const slot = this.#slots.get(uid) ?? { wanted: undefined, running: undefined, settled: Promise.resolve() };
    this.#slots.set(uid, slot);
    slot.wanted = wanted;
    slot.settled = slot.settled.then(() => this.#settle(uid, slot)).catch((error: unknown) => {
      this.#isBroken = true;
      this.#options.log.error({ err: error, subscriptionUid: uid }, 'a bug kept a subscription from being started or stopped: the process has to be started anew');
    });
  }

  async #settle(uid: string, slot: Slot): Promise<void> {
    const { log } = this.#options;
    if (slot.running && !isSame(slot.running, slot.wanted)) {
      const { subscription } = slot.running;
      slot.running = undefined;
      log.info({ subscriptionUid: uid }, slot.wanted ? 'restarting a subscription that changed' : 'stopping a subscription');
      await subscription.stop(this.#isStopping ? undefined : removalDrainMs);
    }
    if (slot.wanted && !slot.running) slot.running = { ...slot.wanted, subscription: this.#options.start(slot.wanted.spec, slot.wanted.of) };
    if (!slot.wanted) this.#slots.delete(uid);
  }
}

function isSame(running: Wanted, wanted: Wanted | undefined): boolean {
  return wanted !== undefined && running.generation === wanted.generation && isDeepStrictEqual(running.spec, wanted.spec) && isDeepStrictEqual(running.of, wanted.of);
}

import type { Controller } from './controllers.ts';
import type { HookCall } from './reconcile.ts';
import { prepare, visit } from './reconcile.ts';
import { parentsOf } from './request.ts';
import { keyOf, idOf } from './resources.ts';
import type { ObjectStore } from './store.ts';

export interface LoopOptions {
  readonly controllers: readonly Controller[];
  readonly store: ObjectStore;
  readonly call: HookCall;
  /** A hook failed for a parent; it is asked again. Told once for each new text. */
  readonly onTrouble: (parent: string, error: Error) => void;
}

interface ParentState {
  busy: boolean;
  /** It was to be looked at while it was busy. */
  missed: boolean;
  /** What the hook was last asked with success. */
  done: string;
  /** When it is to be asked though nothing changed. */
  dueAt: number;
  failures: number;
  trouble: string;
}

const longestBackoffMs = 10_000;

/** A small stand-in for Metacontroller: asks the hooks whenever what they would be told has changed, and makes their answers true. */
export class MetacontrollerLoop {
  readonly #options: LoopOptions;
  readonly #parents = new Map<string, ParentState>();
  #running = false;
  #passing = false;
  #again = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LoopOptions) {
    this.#options = options;
    options.store.onChange(() => this.#wake());
  }

  start(): void {
    this.#running = true;
    this.#wake();
  }

  /** No hook is asked any more; settles when those under way have answered. */
  async stop(): Promise<void> {
    this.#running = false;
    clearTimeout(this.#timer);
    while (this.#passing || this.#isBusy()) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  #isBusy(): boolean {
    return [...this.#parents.values()].some(({ busy }) => busy);
  }

  #wake(): void {
    this.#again = true;
    if (this.#running && !this.#passing) void this.#pass();
  }

  async #pass(): Promise<void> {
    this.#passing = true;
    // Changes that come together are looked at together.
    await Promise.resolve();
    while (this.#again && this.#running) {
      this.#again = false;
      for (const controller of this.#options.controllers) await Promise.all(parentsOf(controller, this.#options.store).map((parent) => this.#look(controller, parent)));
    }
    this.#passing = false;
    this.#setTimer();
  }

  async #look(controller: Controller, parent: Parameters<typeof prepare>[1]): Promise<void> {
    const { store, call } = this.#options;
    const key = `${controller.name} ${keyOf(idOf(parent))}`;
    const state = this.#parents.get(key) ?? { busy: false, missed: false, done: '', dueAt: Infinity, failures: 0, trouble: '' };
    this.#parents.set(key, state);
    state.missed = state.busy;
    if (state.busy || (state.failures > 0 && Date.now() < state.dueAt)) return;
    state.busy = true;
    const settled = prepare(controller, parent, store, call).then(async (found) => {
      if (!found || (found.fingerprint === state.done && Date.now() < state.dueAt)) return;
      const seconds = (await visit(controller, found, store, call)) ?? Infinity;
      Object.assign(state, { done: found.fingerprint, failures: 0, trouble: '', dueAt: Date.now() + Math.min(seconds, controller.resyncPeriodSeconds) * 1000 });
    });
    const over = settled.catch((error: unknown) => this.#failed(state, keyOf(idOf(parent)), error as Error)).finally(() => {
      state.busy = false;
      if (state.missed) this.#wake();
      else if (!this.#passing) this.#setTimer();
    });
    // A hook that waits for Kafka must not hold up the others.
    await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 50))]);
  }

  #failed(state: ParentState, parent: string, error: Error): void {
    state.dueAt = Date.now() + Math.min(200 * 2 ** state.failures, longestBackoffMs);
    state.failures += 1;
    if (state.trouble !== error.message) this.#options.onTrouble(parent, error);
    state.trouble = error.message;
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    const next = Math.min(...[...this.#parents.values()].filter(({ busy }) => !busy).map(({ dueAt }) => dueAt));
    if (this.#running && next !== Infinity) this.#timer = setTimeout(() => this.#wake(), Math.max(0, next - Date.now()));
  }
}

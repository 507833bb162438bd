import { Fifo } from './fifo.ts';

/** Permission to have something under way. */
export interface Pass {
  /** Whether another attempt may be started without waiting: false when the gate would let nobody in now, places aside. */
  readonly isValid: boolean;
  /** Waits outside, then until the gate lets in again. */
  outside(wait: () => Promise<unknown>): Promise<void>;
  /** Goes out for good; may be called again. */
  leave(): void;
  /** From the next time outside on it takes a place aside: nobody there waits for what it holds. */
  returnAside(): void;
}

interface Waiter {
  readonly signal: AbortSignal;
  readonly settle: (admitted: boolean) => void;
}

/** Lets in, in turn. */
export interface Entrance {
  /** Lets in without waiting, if it may. */
  enterNow(signal: AbortSignal): Pass | undefined;
  /** Calls with a pass as soon as it is let in, or with none when the signal is aborted first. */
  enterInTurn(signal: AbortSignal, admitted: (pass: Pass | undefined) => void): void;
}

export interface GateOptions {
  /** Most that may be inside at once. */
  readonly places: number;
  /** Asked before anything is let in; `nudge` says that the answer may have changed. */
  readonly mayEnter: () => boolean;
  /** The number inside has changed. */
  counted?(inside: number): void;
}

/**
 * What must be asked before an attempt is started. Who waits outside, between two attempts for instance, takes no place.
 * Places go to those who wait in the order in which they came.
 */
export class Gate implements Entrance {
  readonly #options: GateOptions;
  readonly #waiting = new Fifo<Waiter>();
  /** Signals whose abortion is looked out for. */
  readonly #watched = new WeakSet<AbortSignal>();
  #inside = 0;
  #aside: Gate | undefined;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Those aside included. */
  get inside(): number {
    return this.#inside + (this.#aside?.inside ?? 0);
  }

  /** As many places beside its own. */
  get aside(): Gate {
    return (this.#aside ??= new Gate({ ...this.#options, counted: () => this.#count() }));
  }

  /** Lets in whom it may. */
  nudge(): void {
    this.#aside?.nudge();
    while (this.#waiting.length > 0 && this.#letsIn()) {
      this.#stepIn();
      this.#waiting.shift()?.settle(true);
    }
  }

  /** Whether it would let in whom it may, places aside. */
  get isOpen(): boolean {
    return this.#options.mayEnter();
  }

  enterNow(signal: AbortSignal): Pass | undefined {
    return this.#stepsInNow(signal) ? new GatePass(this, signal) : undefined;
  }

  enterInTurn(signal: AbortSignal, admitted: (pass: Pass | undefined) => void): void {
    if (signal.aborted) admitted(undefined);
    else if (this.#stepsInNow(signal)) admitted(new GatePass(this, signal));
    else this.#queue(signal, (isAdmitted) => admitted(isAdmitted ? new GatePass(this, signal) : undefined));
  }

  /** Takes a place, for a pass that waited outside. Rejects with the signal's reason when that is aborted first. */
  async step(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#stepsInNow(signal)) return;
    const admitted = await new Promise<boolean>((settle) => this.#queue(signal, settle));
    if (admitted && signal.aborted) this.stepOut();
    signal.throwIfAborted();
  }

  /** Gives up the place of a pass. */
  stepOut(): void {
    this.#inside -= 1;
    this.#count();
    this.nudge();
  }

  #stepsInNow(signal: AbortSignal): boolean {
    const may = !signal.aborted && this.#waiting.length === 0 && this.#letsIn();
    if (may) this.#stepIn();
    return may;
  }

  /** `settle` is told whether it was let in, with its place taken. */
  #queue(signal: AbortSignal, settle: (admitted: boolean) => void): void {
    this.#waiting.push({ signal, settle });
    if (this.#watched.has(signal)) return;
    this.#watched.add(signal);
    signal.addEventListener('abort', () => this.#turnAwayAborted(), { once: true });
  }

  #turnAwayAborted(): void {
    for (let left = this.#waiting.length; left > 0; left -= 1) {
      const waiter = this.#waiting.shift();
      if (waiter?.signal.aborted) waiter.settle(false);
      else if (waiter) this.#waiting.push(waiter);
    }
  }

  #letsIn(): boolean {
    return this.#inside < this.#options.places && this.#options.mayEnter();
  }

  #stepIn(): void {
    this.#inside += 1;
    this.#count();
  }

  #count(): void {
    this.#options.counted?.(this.inside);
  }
}

/** Whoever holds it is inside from the start. */
class GatePass implements Pass {
  #gate: Gate;
  readonly #signal: AbortSignal;
  #isInside = true;
  #returnsAside = false;

  constructor(gate: Gate, signal: AbortSignal) {
    this.#gate = gate;
    this.#signal = signal;
  }

  get isValid(): boolean {
    return this.#gate.isOpen;
  }

  leave(): void {
    if (!this.#isInside) return;
    this.#isInside = false;
    this.#gate.stepOut();
  }

  returnAside(): void {
    this.#returnsAside = true;
  }

  async outside(wait: () => Promise<unknown>): Promise<void> {
    this.leave();
    await wait();
    if (this.#returnsAside) this.#gate = this.#gate.aside;
    this.#returnsAside = false;
    await this.#gate.step(this.#signal);
    this.#isInside = true;
  }
}

/** Permission to have something under way. */
export interface Pass {
  /** Waits outside, then until the gate lets in again. */
  outside(wait: () => Promise<unknown>): Promise<void>;
  /** Goes out for good; may be called again. */
  leave(): void;
}

/** What must be asked before an attempt is started. Closed while partitions change hands; what is inside is under way and can be waited for. */
export class Gate {
  readonly #mayEnter: () => boolean;
  #open = false;
  #inside = 0;
  #waiting: (() => void)[] = [];
  #idle: (() => void)[] = [];

  /** `mayEnter` is asked each time beside the gate's own state; `nudge` says that its answer may have changed. */
  constructor(mayEnter: () => boolean) {
    this.#mayEnter = mayEnter;
  }

  get inside(): number {
    return this.#inside;
  }

  open(): void {
    this.#open = true;
    this.nudge();
  }

  close(): void {
    this.#open = false;
  }

  nudge(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Rejects with the signal's reason when that is aborted first. */
  async enter(signal: AbortSignal): Promise<Pass> {
    await this.#step(signal);
    let inside = true;
    const leave = (): void => {
      if (!inside) return;
      inside = false;
      this.#stepOut();
    };
    return {
      leave,
      outside: async (wait) => {
        leave();
        await wait();
        await this.#step(signal);
        inside = true;
      },
    };
  }

  /** Settles when nothing is inside. */
  async idle(): Promise<void> {
    if (this.#inside > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  async #step(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !(this.#open && this.#mayEnter())) await this.#turn(signal);
    signal.throwIfAborted();
    this.#inside += 1;
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.push(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  #stepOut(): void {
    this.#inside -= 1;
    if (this.#inside === 0) for (const settle of this.#idle.splice(0)) settle();
  }
}

/** Something under way that may take until its deadline, and that may be abandoned. */
export interface Timed {
  /** As `performance.now()` tells the time. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  expired(): void;
  abandoned(): void;
}

const sweepMs = 20;

/** Deadlines and signals of everything that is under way, looked at together: a timer and a listener for each request would cost as much as the request. */
export class Deadlines {
  readonly #timed = new Set<Timed>();
  #sweeping: NodeJS.Timeout | undefined;

  add(timed: Timed): void {
    this.#timed.add(timed);
    this.#sweeping ??= setInterval(() => this.#sweep(), sweepMs);
  }

  delete(timed: Timed): void {
    this.#timed.delete(timed);
  }

  #sweep(): void {
    if (this.#timed.size === 0) {
      clearInterval(this.#sweeping);
      this.#sweeping = undefined;
      return;
    }
    const now = performance.now();
    for (const timed of this.#timed) {
      if (timed.signal.aborted) timed.abandoned();
      else if (now >= timed.deadline) timed.expired();
      else continue;
      this.#timed.delete(timed);
    }
  }
}

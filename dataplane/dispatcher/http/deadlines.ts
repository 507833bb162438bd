/** Something under way that may take until its deadline, and that may be abandoned. */
export interface Timed {
  /** As `performance.now()` tells the time. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  /** Where it is among all; nobody else's. */
  place: number;
  expired(): void;
  abandoned(): void;
}

/** The place of what is not under way. */
export const nowhere = -1;
const sweepMs = 20;

/**
 * Deadlines and signals of everything that is under way, looked at together: a timer and a listener for each request would cost as much as the request.
 * In a plain array: a Set that is filled and emptied all the time keeps what it held until the next full collection of garbage (docs/performance.md).
 */
export class Deadlines {
  readonly #timed: Timed[] = [];
  #sweeping: NodeJS.Timeout | undefined;

  add(timed: Timed): void {
    timed.place = this.#timed.length;
    this.#timed.push(timed);
    this.#sweeping ??= setInterval(() => this.#sweep(), sweepMs);
  }

  /** May be called for what is not there. */
  delete(timed: Timed): void {
    if (this.#timed[timed.place] !== timed) return;
    const last = this.#timed.pop();
    if (last && last !== timed) {
      last.place = timed.place;
      this.#timed[last.place] = last;
    }
    timed.place = nowhere;
  }

  #sweep(): void {
    if (this.#timed.length === 0) {
      clearInterval(this.#sweeping);
      this.#sweeping = undefined;
      return;
    }
    // What has come is read before: when the process has stood still, the answer may be there, in time.
    if (this.#over().length > 0) setImmediate(() => this.#endThoseOver());
  }

  #over(): Timed[] {
    const now = performance.now();
    return this.#timed.filter(({ signal, deadline }) => signal.aborted || now >= deadline);
  }

  #endThoseOver(): void {
    for (const timed of this.#over()) {
      this.delete(timed);
      if (timed.signal.aborted) timed.abandoned();
      else timed.expired();
    }
  }
}

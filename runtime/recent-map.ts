/** For how long a metric is shown after it was told last: twice as long as Prometheus looks back for a value. */
export const shownMs = 600_000;

/** Values by key, each as long as it was set within that time. */
export class RecentMap<Value> {
  readonly #now: () => number;
  /** The one that was set longest ago first. */
  readonly #held = new Map<string, { readonly value: Value; readonly setMs: number }>();

  /** `now`: milliseconds of a clock that is never set. */
  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  get size(): number {
    return this.#held.size;
  }

  get(key: string): Value | undefined {
    return this.#held.get(key)?.value;
  }

  set(key: string, value: Value): void {
    this.#held.delete(key);
    this.#held.set(key, { value, setMs: this.#now() });
    this.#letGo();
  }

  delete(key: string): void {
    this.#held.delete(key);
  }

  values(): Value[] {
    this.#letGo();
    return [...this.#held.values()].map(({ value }) => value);
  }

  #letGo(): void {
    for (const [key, { setMs }] of this.#held) {
      if (this.#now() - setMs <= shownMs) return;
      this.#held.delete(key);
    }
  }
}

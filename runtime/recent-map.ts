/** For how long a metric is shown after it was told last: twice as long as Prometheus looks back for a value. */
const shownMs = 600_000;

/** What is told of, by key, until nothing was told of it for ten minutes. */
export class RecentMap<Value> {
  readonly #now: () => number;
  /** Those that were told of longest ago first. */
  readonly #told = new Map<string, { readonly value: Value; readonly toldMs: number }>();

  /** `now`: milliseconds of a clock that is never set. */
  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  get size(): number {
    return this.#told.size;
  }

  get(key: string): Value | undefined {
    this.#letGo();
    return this.#told.get(key)?.value;
  }

  tell(key: string, value: Value): void {
    this.#told.delete(key);
    this.#told.set(key, { value, toldMs: this.#now() });
    this.#letGo();
  }

  delete(key: string): void {
    this.#told.delete(key);
  }

  values(): Value[] {
    this.#letGo();
    return [...this.#told.values()].map(({ value }) => value);
  }

  #letGo(): void {
    for (const [key, { toldMs }] of this.#told) {
      if (this.#now() - toldMs <= shownMs) return;
      this.#told.delete(key);
    }
  }
}

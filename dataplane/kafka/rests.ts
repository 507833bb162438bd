/** What waits before it is tried again, longer each time that it goes wrong. */
export class Rests {
  readonly #pauseMs: { readonly first: number; readonly most: number };
  readonly #over: () => void;
  readonly #timers = new Map<number, NodeJS.Timeout>();
  readonly #failures = new Map<number, number>();

  constructor(pauseMs: { readonly first: number; readonly most: number }, over: () => void) {
    this.#pauseMs = pauseMs;
    this.#over = over;
  }

  has(id: number): boolean {
    return this.#timers.has(id);
  }

  add(id: number): void {
    if (this.has(id)) return;
    const failures = this.#failures.get(id) ?? 0;
    this.#failures.set(id, failures + 1);
    const end = (): void => {
      this.#timers.delete(id);
      this.#over();
    };
    this.#timers.set(id, setTimeout(end, Math.min(this.#pauseMs.first * 2 ** failures, this.#pauseMs.most)));
  }

  /** It went well: the next rest is a short one. */
  forget(id: number): void {
    this.#failures.delete(id);
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}

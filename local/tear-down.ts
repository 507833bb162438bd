/** Something to be ended with the run, in whatever way the run ends. */
export interface Ending {
  /** Ends it in order, within about this time. */
  readonly stop: (patienceMs: number) => Promise<void>;
  /** Ends it at once. */
  readonly kill?: () => void;
}

/** What a run has started, ended in the opposite order. */
export class TearDown {
  readonly #endings: Ending[] = [];

  add(ending: Ending): void {
    this.#endings.unshift(ending);
  }

  /** Never throws. What has not ended when the time is over is killed. */
  async stop(patienceMs: number): Promise<void> {
    const deadline = Date.now() + patienceMs;
    for (const ending of this.#endings.splice(0)) {
      const left = Math.max(deadline - Date.now(), 200);
      const stopped = ending.stop(left).catch(() => undefined);
      const late = await Promise.race([stopped.then(() => false), after(left, true)]);
      if (late) ending.kill?.();
    }
  }

  kill(): void {
    for (const ending of this.#endings.splice(0)) ending.kill?.();
  }
}

function after<T>(ms: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(resolve, ms, value).unref());
}

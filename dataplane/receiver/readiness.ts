import { setTimeout as delay } from 'node:timers/promises';

/** Whether events can be taken: Kafka has answered, and the process is not stopping. */
export class Readiness {
  readonly #stop: AbortSignal;
  #answered = false;
  #trouble = 'Kafka has not answered yet';

  constructor(stop: AbortSignal) {
    this.#stop = stop;
  }

  /** One line that says why not, or undefined when ready. */
  get reason(): string | undefined {
    if (this.#stop.aborted) return 'stopping';
    return this.#answered ? undefined : this.#trouble;
  }

  /** Asks until Kafka has answered once. From then on it stays ready: a 503 of ours says more to a sender than a Service without endpoints. */
  async wait(ping: () => Promise<void>, onTrouble: (error: unknown) => string): Promise<void> {
    while (!this.#answered && !this.#stop.aborted) {
      try {
        await ping();
        this.#answered = true;
      } catch (error) {
        this.#trouble = onTrouble(error);
        await delay(1000, undefined, { signal: this.#stop }).catch(() => undefined);
      }
    }
  }
}

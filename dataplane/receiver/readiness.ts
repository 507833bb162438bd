import { setTimeout as delay } from 'node:timers/promises';

import { lostAfterMs, within } from '../kafka/within.ts';

export interface ReadinessTimes {
  /** Between two questions while Kafka answers, and while it does not. */
  readonly everyMs: number;
  readonly troubledEveryMs: number;
  /** Without an answer for this long, events are better sent elsewhere; a shorter outage is a 503 of ours, which says more than a Service without endpoints. */
  readonly goneAfterMs: number;
  /** A question that has no answer by then never gets one. */
  readonly lostAfterMs: number;
}

const defaultTimes: ReadinessTimes = { everyMs: 5000, troubledEveryMs: 1000, goneAfterMs: 30_000, lostAfterMs };

/** Whether events can be taken: Kafka answers, and the process is not stopping. */
export class Readiness {
  readonly #stop: AbortSignal;
  readonly #times: ReadinessTimes;
  #lastAnswer = -Infinity;
  #trouble: string | undefined = 'Kafka has not answered yet';

  constructor(stop: AbortSignal, times = defaultTimes) {
    this.#stop = stop;
    this.#times = times;
  }

  /** One line that says why not, or undefined when ready. */
  get reason(): string | undefined {
    if (this.#stop.aborted) return 'stopping';
    return performance.now() - this.#lastAnswer > this.#times.goneAfterMs ? this.#trouble : undefined;
  }

  /** Asks Kafka until the signal. */
  async follow(ping: () => Promise<void>, on: { trouble(error: unknown): string; answer(): void }): Promise<void> {
    while (!this.#stop.aborted) {
      try {
        await within(this.#times.lostAfterMs, 'Metadata', ping);
        this.#lastAnswer = performance.now();
        this.#trouble = undefined;
        on.answer();
      } catch (error) {
        this.#trouble = on.trouble(error);
      }
      const pause = this.#trouble === undefined ? this.#times.everyMs : this.#times.troubledEveryMs;
      await delay(pause, undefined, { signal: this.#stop }).catch(() => undefined);
    }
  }
}

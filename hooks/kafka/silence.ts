/** How long a Kafka that did not answer is left alone. */
const pauseMs = 3000;

/**
 * Remembers that a Kafka does not answer, so that the many objects on it do not each wait for it, one worker of Metacontroller at a time,
 * while the objects on another Kafka wait for a worker. A single slow answer is not silence: it counts only where nothing else was answered meanwhile.
 */
export class Silence {
  readonly #clock: () => number;
  #answeredAt = -Infinity;
  #until: number | undefined;

  /** `clock` gives milliseconds that only grow. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock();
  }

  lasts(): boolean {
    return this.#until !== undefined && this.#until > this.#clock();
  }

  /** Whether this ended a silence. */
  answered(): boolean {
    const ended = this.#until !== undefined;
    this.#answeredAt = this.#clock();
    this.#until = undefined;
    return ended;
  }

  /** A request that began at `begun` got no answer. Whether a silence begins with it. */
  unanswered(begun: number): boolean {
    if (this.#answeredAt >= begun) return false;
    const begins = this.#until === undefined;
    this.#until = this.#clock() + pauseMs;
    return begins;
  }
}

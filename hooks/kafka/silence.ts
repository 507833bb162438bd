/** How long a Kafka that did not answer is left alone, and then how often it is asked again. */
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

  /** Whether it is not to be asked now. After each pause one request may, and the others do not wait for it. */
  isLeftAlone(): boolean {
    if (this.#until === undefined) return false;
    const now = this.#clock();
    if (this.#until > now) return true;
    this.#until = now + pauseMs;
    return false;
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

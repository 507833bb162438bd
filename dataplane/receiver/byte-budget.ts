/** How many bytes of events and answers are held at once, for all requests together. */
export class ByteBudget {
  readonly limit: number;
  readonly #limitOfEvents: number;
  #used = 0;

  /** `reserve`: bytes of the limit that events leave free. */
  constructor(limit: number, reserve = 0) {
    this.limit = limit;
    this.#limitOfEvents = limit - reserve;
  }

  get used(): number {
    return this.#used;
  }

  /** Whether that many bytes are left for events. */
  has(bytes: number): boolean {
    return this.#used + bytes <= this.#limitOfEvents;
  }

  /** Whether that many bytes could ever be held for events. */
  couldHold(bytes: number): boolean {
    return bytes <= this.#limitOfEvents;
  }

  /** Takes bytes for an event, unless that many are not left. */
  take(bytes: number): boolean {
    return this.#takeWithin(this.#limitOfEvents, bytes);
  }

  /** Takes bytes of the reserve too, unless that many are not left. */
  takeReserved(bytes: number): boolean {
    return this.#takeWithin(this.limit, bytes);
  }

  giveBack(bytes: number): void {
    this.#used -= bytes;
  }

  #takeWithin(limit: number, bytes: number): boolean {
    if (this.#used + bytes > limit) return false;
    this.#used += bytes;
    return true;
  }
}

/** How many bytes of events are held at once, for all requests together. */
export class ByteBudget {
  readonly limit: number;
  #used = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** Whether that many bytes are left. */
  has(bytes: number): boolean {
    return this.#used + bytes <= this.limit;
  }

  /** Takes bytes, unless that many are not left. */
  take(bytes: number): boolean {
    if (!this.has(bytes)) return false;
    this.#used += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#used -= bytes;
  }
}

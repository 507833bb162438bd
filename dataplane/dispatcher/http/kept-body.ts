const nothing = Buffer.alloc(0);

/** The first bytes of a body, in one buffer that grows: each piece for itself would take a hundred bytes and more, be it of one byte. */
export class KeptBody {
  readonly #limit: number;
  #bytes = nothing;
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** What is there so far. */
  get whole(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Keeps a copy of what fits in. */
  add(piece: Buffer): void {
    const length = Math.min(this.#length + piece.length, this.#limit);
    if (length > this.#bytes.length) this.#growTo(Math.max(length, 2 * this.#bytes.length));
    piece.copy(this.#bytes, this.#length, 0, length - this.#length);
    this.#length = length;
  }

  /** It will have that many. */
  expect(length: number): void {
    if (length > this.#bytes.length) this.#growTo(length);
  }

  #growTo(length: number): void {
    const larger = Buffer.allocUnsafe(Math.min(length, this.#limit));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** Places that a queue has at first, and that one keeps when it is empty, so that filling it again takes no memory: powers of two, as all. */
const places = { first: 8, kept: 1024 } as const;

/** A queue whose removals cost the same however long it is: a ring, so that one that never empties takes no more places than it is long. */
export class Fifo<T> {
  #ring: (T | undefined)[] = [];
  #first = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: T): void {
    if (this.#length === this.#ring.length) this.#resize(Math.max(places.first, 2 * this.#length));
    this.#ring[(this.#first + this.#length) & (this.#ring.length - 1)] = item;
    this.#length += 1;
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#ring[this.#first];
    this.#ring[this.#first] = undefined;
    this.#first = (this.#first + 1) & (this.#ring.length - 1);
    this.#length -= 1;
    if (this.#ring.length > places.kept && this.#length * 4 < this.#ring.length) this.#resize(this.#ring.length / 2);
    return item;
  }

  clear(): void {
    this.#ring = [];
    this.#first = 0;
    this.#length = 0;
  }

  #resize(size: number): void {
    const ring = new Array<T | undefined>(size).fill(undefined);
    for (let i = 0; i < this.#length; i += 1) ring[i] = this.#ring[(this.#first + i) & (this.#ring.length - 1)];
    this.#ring = ring;
    this.#first = 0;
  }
}

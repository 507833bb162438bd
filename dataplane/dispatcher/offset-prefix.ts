/**
 * What may be committed of a partition: the offset after the contiguous finished prefix.
 * Only offsets that were started count, so holes of compaction and transaction markers do not stall it.
 */
export class OffsetPrefix {
  /** Started and not yet part of the prefix, in ascending order from `#first`. */
  readonly #started: number[] = [];
  #first = 0;
  readonly #finished = new Set<number>();
  #end: number;

  /** `start`: the first offset that will be read. */
  constructor(start: number) {
    this.#end = start;
  }

  /** Offsets are started in ascending order. */
  start(offset: number): void {
    this.#started.push(offset);
    this.#end = offset + 1;
  }

  /** Everything below `offset` has been read, though it may have held no record. */
  readUpTo(offset: number): void {
    this.#end = Math.max(this.#end, offset);
  }

  /** Reading goes on at `offset`, be it ahead or back. */
  resumeAt(offset: number): void {
    this.#end = offset;
  }

  /** Offsets are finished in any order. */
  finish(offset: number): void {
    this.#finished.add(offset);
    for (;;) {
      const lowest = this.#started[this.#first];
      if (lowest === undefined || !this.#finished.delete(lowest)) break;
      this.#first += 1;
    }
    if (this.#first > 1024 && this.#first * 2 > this.#started.length) {
      this.#started.splice(0, this.#first);
      this.#first = 0;
    }
  }

  /** The offset to resume at. */
  get committable(): number {
    return this.#started[this.#first] ?? this.#end;
  }
}

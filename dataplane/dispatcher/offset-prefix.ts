/** In the place of the time that an offset was written at: it is not known, or the offset is finished. */
const unknown = 0;
const finished = -1;
/** Places that are kept in front of the lowest open offset before they are given back. */
const mostKept = 1024;

/**
 * What may be committed of a partition: the offset after the contiguous finished prefix.
 * Only offsets that were started count, so holes of compaction and transaction markers do not stall it.
 * In plain arrays: a Map that is filled and emptied all the time keeps what it held until the next full collection of garbage (docs/performance.md).
 */
export class OffsetPrefix {
  /** From `#first` to `#last`: what was started from the lowest open offset on, ascending, and when each was written. */
  readonly #offsets: number[] = [];
  readonly #writtenMs: number[] = [];
  #first = 0;
  #last = 0;
  #end: number;
  #finishedEnd: number;

  /** `start`: the first offset that will be read. */
  constructor(start: number) {
    this.#end = start;
    this.#finishedEnd = start;
  }

  /** Offsets are started in ascending order; one that is open may be started again, when it is known when it was written. */
  start(offset: number, writtenMs: number = unknown): void {
    if (this.#first < this.#last && offset <= (this.#offsets[this.#last - 1] ?? 0)) {
      const known = this.#indexOf(offset);
      if (this.#isOpenAt(known)) this.#writtenMs[known] = writtenMs;
      return;
    }
    this.#offsets[this.#last] = offset;
    this.#writtenMs[this.#last] = writtenMs;
    this.#last += 1;
    this.#end = Math.max(this.#end, offset + 1);
  }

  /** Everything below `offset` has been read, though it may have held no record. */
  readUpTo(offset: number): void {
    this.#end = Math.max(this.#end, offset);
  }

  /** Offsets are finished in any order. */
  finish(offset: number): void {
    this.#finishedEnd = Math.max(this.#finishedEnd, offset + 1);
    const index = this.#offsets[this.#first] === offset ? this.#first : this.#indexOf(offset);
    if (!this.#isOpenAt(index)) return;
    this.#writtenMs[index] = finished;
    while (this.#first < this.#last && this.#writtenMs[this.#first] === finished) this.#first += 1;
    this.#giveBack();
  }

  /** Below `offset` everything is finished that is not open. */
  finishedUpTo(offset: number): void {
    this.#finishedEnd = Math.max(this.#finishedEnd, offset);
  }

  isOpen(offset: number): boolean {
    return this.#isOpenAt(this.#indexOf(offset));
  }

  /** The offset to resume at. */
  get committable(): number {
    return this.#first < this.#last ? (this.#offsets[this.#first] ?? this.#end) : this.#end;
  }

  /** When the lowest of the open ones was written, in milliseconds since 1970, where that is known. */
  get oldestMs(): number | undefined {
    const writtenMs = this.#first < this.#last ? this.#writtenMs[this.#first] : unknown;
    return writtenMs === unknown ? undefined : writtenMs;
  }

  /** Past the highest offset that is finished; below it all is finished but what is in `open`. */
  get finishedEnd(): number {
    return this.#finishedEnd;
  }

  /** Started and not finished, in ascending order. */
  get open(): number[] {
    return this.#offsets.slice(this.#first, this.#last).filter((_offset, index) => this.#isOpenAt(this.#first + index));
  }

  /** Where the offset is; -1 where it is not. */
  #indexOf(offset: number): number {
    let [low, high] = [this.#first, this.#last - 1];
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const found = this.#offsets[middle] ?? 0;
      if (found === offset) return middle;
      if (found < offset) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  #isOpenAt(index: number): boolean {
    return index >= this.#first && index < this.#last && this.#writtenMs[index] !== finished;
  }

  #giveBack(): void {
    if (this.#first < this.#last && (this.#first <= mostKept || this.#first * 2 < this.#last)) return;
    if (this.#first === this.#last && this.#offsets.length <= mostKept) {
      this.#first = this.#last = 0;
      return;
    }
    this.#offsets.splice(0, this.#first);
    this.#writtenMs.splice(0, this.#first);
    this.#last -= this.#first;
    this.#first = 0;
  }
}

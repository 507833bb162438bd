/**
 * What may be committed of a partition: the offset after the contiguous finished prefix.
 * Only offsets that were started count, so holes of compaction and transaction markers do not stall it.
 */
export class OffsetPrefix {
  /** Started and not finished, in ascending order, with the time that each was written at where it is known. */
  readonly #open = new Map<number, number | undefined>();
  #end: number;
  #finishedEnd: number;

  /** `start`: the first offset that will be read. */
  constructor(start: number) {
    this.#end = start;
    this.#finishedEnd = start;
  }

  /** Offsets are started in ascending order. */
  start(offset: number, writtenMs?: number): void {
    this.#open.set(offset, writtenMs);
    this.#end = Math.max(this.#end, offset + 1);
  }

  /** Everything below `offset` has been read, though it may have held no record. */
  readUpTo(offset: number): void {
    this.#end = Math.max(this.#end, offset);
  }

  /** Offsets are finished in any order. */
  finish(offset: number): void {
    this.#open.delete(offset);
    this.#finishedEnd = Math.max(this.#finishedEnd, offset + 1);
  }

  /** Below `offset` everything is finished that is not open. */
  finishedUpTo(offset: number): void {
    this.#finishedEnd = Math.max(this.#finishedEnd, offset);
  }

  isOpen(offset: number): boolean {
    return this.#open.has(offset);
  }

  /** The offset to resume at. */
  get committable(): number {
    for (const lowest of this.#open.keys()) return lowest;
    return this.#end;
  }

  /** When the lowest of the open ones was written, in milliseconds since 1970, where that is known. */
  get oldestMs(): number | undefined {
    for (const writtenMs of this.#open.values()) return writtenMs;
    return undefined;
  }

  /** Past the highest offset that is finished; below it all is finished but what is in `open`. */
  get finishedEnd(): number {
    return this.#finishedEnd;
  }

  /** Started and not finished, in ascending order. */
  get open(): IterableIterator<number> {
    return this.#open.keys();
  }
}

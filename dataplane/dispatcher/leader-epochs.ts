import type { EpochStart } from '../kafka/fetched-records.ts';

/** Which leader has written what of a partition's log, as far as it was read. With it a broker can tell whether its log is the one that was read. */
export class LeaderEpochs {
  readonly #starts: EpochStart[] = [];

  /** Added in the order of the log. */
  add(start: EpochStart): void {
    if (this.#starts.at(-1)?.epoch !== start.epoch) this.#starts.push(start);
  }

  /** Of the leader that has written what lies just before `offset`; undefined where that is not known. */
  before(offset: number): number | undefined {
    return this.#starts.findLast(({ from }) => from < offset)?.epoch;
  }

  /** Nothing below `offset` will be asked for. */
  forgetBelow(offset: number): void {
    const first = this.#starts.findLastIndex(({ from }) => from < offset);
    if (first > 0) this.#starts.splice(0, first);
  }

  clear(): void {
    this.#starts.length = 0;
  }
}

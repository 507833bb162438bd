/** What is looked at of a partition. */
export interface Watched {
  /** The offset that is read next. */
  readonly position: number;
  /** Something of it is under way, or waits for a retry: that is progress. */
  readonly isBusy: boolean;
  /** It has no room for more. */
  readonly isPaused: boolean;
  /** There is something to read, as far as is known. */
  readonly isBehind: boolean;
  /** When Kafka last answered a request for it; undefined: never yet. */
  readonly readMs: number | undefined;
}

/** A partition that should move and does not for so long is rebuilt. */
export const stalledAfterMs = 60_000;

/** Notices partitions that should be read and are not. */
export class Watchdog {
  readonly #seen = new Map<number, { position: number; sinceMs: number; isStalled: boolean }>();

  /** Partitions that were found to stall and have not moved since. */
  get stalled(): number {
    return [...this.#seen.values()].filter(({ isStalled }) => isStalled).length;
  }

  /** Those that have stalled by now; the time of each begins anew then. */
  look(partitions: ReadonlyMap<number, Watched>, nowMs: number): number[] {
    for (const partition of this.#seen.keys()) if (!partitions.has(partition)) this.#seen.delete(partition);
    return [...partitions].filter(([partition, watched]) => this.#hasStalled(partition, watched, nowMs)).map(([partition]) => partition);
  }

  #hasStalled(partition: number, watched: Watched, nowMs: number): boolean {
    const seen = this.#seen.get(partition);
    const { position } = watched;
    if (!seen || seen.position !== position || !shouldMove(watched, nowMs)) {
      this.#seen.set(partition, { position, sinceMs: nowMs, isStalled: false });
      return false;
    }
    if (nowMs - seen.sinceMs < stalledAfterMs) return false;
    this.#seen.set(partition, { position, sinceMs: nowMs, isStalled: true });
    return true;
  }
}

function shouldMove({ isBusy, isPaused, isBehind, readMs }: Watched, nowMs: number): boolean {
  return !isBusy && !isPaused && (isBehind || readMs === undefined || nowMs - readMs > stalledAfterMs / 2);
}

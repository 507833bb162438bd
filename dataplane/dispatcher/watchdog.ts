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
  /** Kafka itself keeps it from being read: it says so, or cannot be reached. */
  readonly isHindered: boolean;
}

interface Seen {
  readonly position: number;
  /** It has not moved since, though it should. */
  readonly sinceMs: number;
  readonly isStalled: boolean;
  /** How often it was rebuilt to no avail, though nothing hindered it. */
  readonly rebuilds: number;
}

/** A partition that should move and does not for so long is rebuilt. */
export const stalledAfterMs = 60_000;
/** A partition that does not move after so many rebuilds, though nothing hinders it, is beyond what this process can do. */
export const mostRebuilds = 3;

/** Notices partitions that should be read and are not. */
export class Watchdog {
  readonly #seen = new Map<number, Seen>();

  /** Partitions that were found to stall and have not moved since. */
  get stalled(): number {
    return [...this.#seen.values()].filter(({ isStalled }) => isStalled).length;
  }

  /** A partition that rebuilding does not help. */
  get stuck(): number | undefined {
    return [...this.#seen].find(([, { rebuilds }]) => rebuilds >= mostRebuilds)?.[0];
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
      const isMoving = !seen || (position > seen.position && seen.position >= 0) || !shouldMove(watched, nowMs);
      this.#seen.set(partition, { position, sinceMs: lastMoved(watched, nowMs), isStalled: false, rebuilds: isMoving ? 0 : seen.rebuilds });
      return false;
    }
    if (nowMs - seen.sinceMs < stalledAfterMs) return false;
    this.#seen.set(partition, { position, sinceMs: nowMs, isStalled: true, rebuilds: watched.isHindered ? 0 : seen.rebuilds + 1 });
    return true;
  }
}

function shouldMove({ isBusy, isPaused, isBehind, readMs }: Watched, nowMs: number): boolean {
  return !isBusy && !isPaused && (isBehind || readMs === undefined || nowMs - readMs > stalledAfterMs / 2);
}

/** What is busy or has no room is not asked for: it is not to blame for not being read. */
function lastMoved({ isBusy, isPaused, readMs }: Watched, nowMs: number): number {
  return isBusy || isPaused ? nowMs : (readMs ?? nowMs);
}

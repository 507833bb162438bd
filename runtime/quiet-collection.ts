import { getHeapStatistics } from 'node:v8';

/** What a process has used so far. */
export interface Usage {
  /** CPU time, in ms. */
  readonly cpuMs: number;
  /** Bytes that V8 keeps for objects, used or not. */
  readonly heapBytes: number;
}

const lookEveryMs = 5_000;
/** Share of a core below which nobody notices a pause of some 30 ms. */
const quietShare = 0.05;
/** Less is not worth a collection. */
const leastGrowthBytes = 2 * 1024 * 1024;

/** Says, look by look, whether a collection is worth its time: the process had next to nothing to do since the last look, and its heap has grown since the last collection. */
export class QuietTimes {
  readonly #everyMs: number;
  #cpuMs = -Infinity;
  #collectedBytes = 0;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  isWorthIt({ cpuMs, heapBytes }: Usage): boolean {
    const isQuiet = cpuMs - this.#cpuMs < quietShare * this.#everyMs;
    this.#cpuMs = cpuMs;
    return isQuiet && heapBytes > this.#collectedBytes + leastGrowthBytes;
  }

  /** What is left after a collection. */
  collected({ cpuMs, heapBytes }: Usage): void {
    this.#cpuMs = cpuMs;
    this.#collectedBytes = heapBytes;
  }
}

/**
 * Gives memory back in quiet times, until the signal: V8 itself keeps what it needed at its busiest for as long as nothing happens. Does nothing in a process without `--expose-gc`.
 */
export function collectInQuietTimes(signal: AbortSignal): void {
  const collect = globalThis.gc;
  if (!collect) return;
  const times = new QuietTimes(lookEveryMs);
  const looking = setInterval(() => {
    if (!times.isWorthIt(usage())) return;
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    times.collected(usage());
  }, lookEveryMs).unref();
  signal.addEventListener('abort', () => clearInterval(looking), { once: true });
}

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1000, heapBytes: getHeapStatistics().total_heap_size };
}

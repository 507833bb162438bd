import { setTimeout as delay } from 'node:timers/promises';

/** Time, for whom it must be possible to pretend it. */
export interface Clock {
  /** Milliseconds that go on evenly, whatever is done to the time of day. */
  now(): number;
  /** Milliseconds since 1970. */
  timeOfDay(): number;
  /** Rejects when the signal is aborted first. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  /** Calls until the returned function is called. */
  every(ms: number, work: () => void): () => void;
}

/** Longest time that a timer of Node takes; asked for more it is over at once. */
export const longestWaitMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  timeOfDay: () => Date.now(),
  wait: (ms, signal) => delay(Math.min(ms, longestWaitMs), undefined, { signal }),
  every: (ms, work) => {
    const timer = setInterval(work, ms);
    return () => clearInterval(timer);
  },
};

/** Settles when the work has, or after `limitMs`; never fails. */
export async function atMost(clock: Clock, limitMs: number, work: Promise<unknown>): Promise<void> {
  const patience = new AbortController();
  await Promise.race([work.catch(() => undefined), clock.wait(limitMs, patience.signal).catch(() => undefined)]);
  patience.abort(over);
}

/** Made once: an error for each end of a wait would cost more than the wait. */
const over = new Error('no longer waited for');

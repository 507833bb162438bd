import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
}

/**
 * Calls until the answer is not undefined, and returns it. A throw counts as not yet.
 * Fails after the time limit (default 60 s) with what was seen last.
 */
export async function until<T>(what: string, look: () => Promise<T | undefined>, options: WaitOptions = {}): Promise<T> {
  const { timeoutMs = 60_000, intervalMs = 250 } = options;
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    let last = 'it was not so';
    try {
      const seen = await look();
      if (seen !== undefined) return seen;
    } catch (error) {
      last = (error as Error).message;
    }
    if (Date.now() > deadline) throw new Error(`${what}: not within ${timeoutMs / 1000} s: ${last}`);
    await delay(intervalMs);
  }
}

import { setTimeout as delay } from 'node:timers/promises';

import type { ApiServer } from './api-server.ts';
import { writesBetween } from './write-counts.ts';

/** Waits until nothing has been written for five seconds; fails after `limitMs`. */
export async function atRest(api: ApiServer, limitMs: number): Promise<void> {
  const deadline = Date.now() + limitMs;
  for (let before = await api.writes(); ; ) {
    await delay(5000);
    const now = await api.writes();
    const written = writesBetween(before, now);
    if (written.size === 0) return;
    if (Date.now() > deadline) throw new Error(`no rest after ${limitMs / 1000} s: written in 5 s: ${told(written)}`);
    before = now;
  }
}

/** What is written in a span of time: how many requests, and of which resources. */
export async function writesWithin(api: ApiServer, spanMs: number): Promise<{ count: number; told: string }> {
  const before = await api.writes();
  await delay(spanMs);
  const written = writesBetween(before, await api.writes());
  return { count: [...written.values()].reduce((sum, count) => sum + count, 0), told: told(written) };
}

export function told(written: ReadonlyMap<string, number>): string {
  return [...written].map(([resource, count]) => `${count} ${resource}`).join(', ') || 'nothing';
}

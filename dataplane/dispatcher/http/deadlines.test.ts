import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';

import { seeded } from '../../../test/support/random.ts';
import type { Timed } from './deadlines.ts';
import { Deadlines, nowhere } from './deadlines.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function aTimed(inMs: number, seen: string[], name: string): Timed & { readonly stop: AbortController } {
  const stop = new AbortController();
  return { deadline: performance.now() + inMs, signal: stop.signal, stop, place: nowhere, expired: () => seen.push(`${name} expired`), abandoned: () => seen.push(`${name} abandoned`) };
}

describe('Deadlines', () => {
  test('tell what expires and what is abandoned, once, and nothing of what has ended before', () => {
    const deadlines = new Deadlines();
    const seen: string[] = [];
    const [slow, given, ended, late] = [aTimed(100, seen, 'slow'), aTimed(1000, seen, 'given'), aTimed(50, seen, 'ended'), aTimed(500, seen, 'late')];
    for (const timed of [slow, given, ended, late]) deadlines.add(timed);
    deadlines.delete(ended);
    deadlines.delete(ended);
    given.stop.abort();
    jest.advanceTimersByTime(200);
    expect(seen.sort()).toEqual(['given abandoned', 'slow expired']);
    jest.advanceTimersByTime(1000);
    expect(seen).toEqual(['given abandoned', 'slow expired', 'late expired']);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('keep each of many, in whatever order they end', () => {
    const deadlines = new Deadlines();
    const random = seeded(1);
    const seen: string[] = [];
    const open = new Map<string, Timed>();
    for (let i = 0; i < 2000; i += 1) {
      const timed = aTimed(60_000, seen, String(i));
      open.set(String(i), timed);
      deadlines.add(timed);
      const [name = ''] = [...open.keys()].slice(Math.floor(random() * open.size));
      const ended = open.get(name);
      if (ended && random() < 0.9) {
        deadlines.delete(ended);
        open.delete(name);
      }
    }
    jest.advanceTimersByTime(70_000);
    expect(seen.sort()).toEqual([...open.keys()].map((name) => `${name} expired`).sort());
  });
});

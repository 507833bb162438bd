import { describe, expect, test } from '@jest/globals';

import type { Watched } from './watchdog.ts';
import { Watchdog, stalledAfterMs } from './watchdog.ts';

const behind: Watched = { position: 5, isBusy: false, isPaused: false, isBehind: true, readMs: 0, isHindered: false };

/** What the watchdog finds when one partition is looked at each second. */
function watched(seconds: number, at: (second: number) => Watched): number[] {
  const watchdog = new Watchdog();
  return Array.from({ length: seconds }, (_, second) => second).filter((second) => watchdog.look(new Map([[0, at(second)]]), second * 1000).length > 0);
}

const limit = stalledAfterMs / 1000;

describe('Watchdog', () => {
  test('finds a partition with something to read that does not move for a minute, and again after another (N1)', () => {
    expect(watched(3 * limit, () => behind)).toEqual([limit, 2 * limit]);
  });

  test('lets be what moves, what is read to its end, and what has no room', () => {
    expect(watched(200, (second) => ({ ...behind, position: second }))).toEqual([]);
    expect(watched(200, (second) => ({ ...behind, isBehind: false, readMs: second * 1000 }))).toEqual([]);
    expect(watched(200, () => ({ ...behind, isPaused: true }))).toEqual([]);
  });

  test('takes an attempt under way or in backoff for progress, for as long as it takes', () => expect(watched(700, () => ({ ...behind, isBusy: true }))).toEqual([]));

  test('counts the time from the last progress', () => {
    expect(watched(2 * limit, (second) => ({ ...behind, isBusy: second === limit - 1 }))).toEqual([2 * limit - 1]);
  });

  test('counts the time of one that had no room from when it has some', () => {
    expect(watched(3 * limit, (second) => ({ ...behind, isPaused: second < 2 * limit }))).toEqual([3 * limit - 1]);
  });

  test('finds a partition that Kafka has never answered for, or no longer answers for', () => {
    expect(watched(limit + 1, () => ({ ...behind, isBehind: false, readMs: undefined }))).toEqual([limit]);
    expect(watched(2 * limit, () => ({ ...behind, isBehind: false, readMs: 0 }))).toEqual([limit]);
  });

  test('counts the silence of a partition that was read to its end from the last answer of Kafka', () => {
    expect(watched(2 * limit, (second) => ({ ...behind, isBehind: false, readMs: Math.min(second, 10) * 1000 }))).toEqual([limit + 10]);
  });

  /** Which partition is stuck after so many seconds; being rebuilt, it is not open for a moment. */
  function stuckAfter(seconds: number, at: (second: number) => Watched): number | undefined {
    const watchdog = new Watchdog();
    let isRebuilt = false;
    for (let second = 0; second <= seconds; second += 5) isRebuilt = watchdog.look(new Map([[7, isRebuilt ? { ...at(second), position: -1 } : at(second)]]), second * 1000).length > 0;
    return watchdog.stuck;
  }

  test('R1.1: tells of a partition that three rebuilds have not helped, though nothing hinders it', () => {
    const never = { ...behind, readMs: undefined };
    expect([stuckAfter(3 * limit - 5, () => never), stuckAfter(3 * limit + 30, () => never)]).toEqual([undefined, 7]);
    expect(stuckAfter(10 * limit, () => ({ ...never, isHindered: true }))).toBeUndefined();
    expect(stuckAfter(4 * limit, (second) => ({ ...never, position: second > 3.7 * limit ? 6 : 5 }))).toBeUndefined();
  });

  test('says how many stall, until they move or are taken away', () => {
    const watchdog = new Watchdog();
    watchdog.look(new Map([[0, behind], [1, behind]]), 0);
    watchdog.look(new Map([[0, behind], [1, behind]]), stalledAfterMs);
    expect(watchdog.stalled).toBe(2);
    watchdog.look(new Map([[1, { ...behind, position: 6 }]]), stalledAfterMs + 1);
    expect(watchdog.stalled).toBe(0);
  });
});

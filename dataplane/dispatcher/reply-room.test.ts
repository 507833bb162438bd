import { describe, expect, test } from '@jest/globals';

import { FetchBudget } from './fetch-budget.ts';
import type { AskForRoom, Room } from './http/http-client.ts';
import { ReplyRoom } from './reply-room.ts';

/** Room for replies of 30 bytes in all, in a budget of 90, and the budgets of two subscriptions in it. */
function aPod(): { budget: FetchBudget; one: AskForRoom; other: AskForRoom } {
  const budget = new FetchBudget(90);
  const replies = new ReplyRoom(90);
  return { budget, one: replies.ofSubscription(budget.ofSubscription()), other: replies.ofSubscription(budget.ofSubscription()) };
}

const isGranted = ({ isGranted: granted }: Room): boolean => granted;

describe('ReplyRoom', () => {
  test('is there up to its limit, and counts in the budget of the pod', () => {
    const { budget, one } = aPod();
    const rooms = [20, 10, 1].map((bytes) => one(bytes, () => undefined));
    expect([rooms.map(isGranted), budget.used]).toEqual([[true, true, false], 30]);
    for (const room of rooms) room.release();
    expect(budget.used).toBe(0);
  });

  test('is given back in part, and but once', () => {
    const { budget, one } = aPod();
    const room = one(30, () => undefined);
    const next = one(25, () => undefined);
    room.shrinkTo(40);
    expect([next.isGranted, budget.used]).toEqual([false, 30]);
    room.shrinkTo(5);
    expect([next.isGranted, budget.used]).toEqual([true, 30]);
    room.release();
    room.release();
    expect(budget.used).toBe(25);
  });

  test('is there for a subscription that holds none, however much others hold, and however long its reply is', () => {
    const { one, other } = aPod();
    one(100, () => undefined);
    const waiting = one(1, () => undefined);
    expect([waiting, other(100, () => undefined), other(1, () => undefined)].map(isGranted)).toEqual([false, true, false]);
  });

  test('goes to those who wait, in the order in which they came, though a shorter one would fit', () => {
    const { one, other } = aPod();
    other(1, () => undefined);
    const holding = one(25, () => undefined);
    const told: string[] = [];
    one(20, () => told.push('long'));
    one(2, () => told.push('short'));
    other(3, () => told.push('of the other'));
    expect(told).toEqual([]);
    holding.release();
    expect(told).toEqual(['long', 'short', 'of the other']);
  });

  test('goes to the next where one that waits gives up', () => {
    const { one } = aPod();
    one(20, () => undefined);
    const abandoned = one(20, () => undefined);
    const next = one(10, () => undefined);
    abandoned.release();
    expect([abandoned.isGranted, next.isGranted]).toEqual([false, true]);
  });
});

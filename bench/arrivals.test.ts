import { describe, expect, test } from '@jest/globals';

import { Arrivals, eventId } from './arrivals.ts';

function judged(order: 'ordered' | 'keyed' | 'unordered', ...events: [partition: number, key: number, number: number][]) {
  const arrivals = new Arrivals(order, 10);
  for (const event of events) arrivals.add(eventId(...event));
  return arrivals.report;
}

describe('Arrivals', () => {
  test('counts each event once', () => expect(judged('ordered', [0, 0, 0], [1, 1, 0], [0, 0, 0])).toEqual({ arrived: 2, duplicates: 1, inversions: 0 }));

  test('sees an event that comes after a later one of its partition', () => expect(judged('ordered', [0, 0, 1], [0, 2, 0])).toEqual({ arrived: 2, duplicates: 0, inversions: 1 }));

  test('compares within a key where that is the order', () => {
    expect(judged('keyed', [0, 0, 1], [0, 2, 0]).inversions).toBe(0);
    expect(judged('keyed', [0, 2, 1], [0, 2, 0]).inversions).toBe(1);
  });

  test('minds no order where there is none', () => expect(judged('unordered', [0, 0, 1], [0, 0, 0])).toEqual({ arrived: 2, duplicates: 0, inversions: 0 }));
});

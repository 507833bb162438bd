import { describe, expect, test } from '@jest/globals';

import { Arrivals, eventId } from './arrivals.ts';

function judged(order: 'ordered' | 'keyed' | 'unordered', ...events: [partition: number, key: number, number: number][]) {
  const expected = { order, partitions: 2, eventsPerPartition: 10, keysPerPartition: 2 };
  const memory = Arrivals.memory(expected);
  // As two threads do, by turns.
  const [one, other] = [new Arrivals(expected, memory), new Arrivals(expected, memory)];
  for (const [index, event] of events.entries()) (index % 2 === 0 ? one : other).add(eventId(...event));
  return one.report;
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

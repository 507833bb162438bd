import { describe, expect, test } from '@jest/globals';

import { seeded } from '../../test/support/random.ts';
import type { FetchedRecord } from '../kafka/fetched-records.ts';
import type { Waiting } from './delivery-order.ts';
import { waitingRecords } from './delivery-order.ts';

function record(offset: number, key?: string): FetchedRecord {
  return { offset, key: key ?? null, value: null, headers: [], timestamp: 0, size: 1 };
}

/** Takes out what may be under way. */
function taken(waiting: Waiting): number[] {
  const offsets: number[] = [];
  for (let next = waiting.next(); next; next = waiting.next()) offsets.push(next.offset);
  return offsets;
}

describe('what may be under way', () => {
  test('ordered: one at a time', () => {
    const waiting = waitingRecords('ordered');
    const records = [record(1, 'a'), record(2, 'b')];
    for (const one of records) waiting.add(one);
    expect(taken(waiting)).toEqual([1]);
    expect(taken(waiting)).toEqual([]);
    waiting.finish(record(1, 'a'));
    expect(taken(waiting)).toEqual([2]);
  });

  test('unordered: all', () => {
    const waiting = waitingRecords('unordered');
    for (const one of [record(1, 'a'), record(2, 'a'), record(3)]) waiting.add(one);
    expect(taken(waiting)).toEqual([1, 2, 3]);
  });

  test('G13: keyed: one of each key, and all that have none', () => {
    const waiting = waitingRecords('keyed');
    for (const one of [record(1, 'a'), record(2, 'a'), record(3, 'b'), record(4), record(5), record(6, ''), record(7, '')]) waiting.add(one);
    expect(taken(waiting)).toEqual([1, 3, 4, 5, 6]);
    waiting.finish(record(1, 'a'));
    expect(taken(waiting)).toEqual([2]);
    waiting.finish(record(2, 'a'));
    waiting.add(record(8, 'a'));
    expect(taken(waiting)).toEqual([8]);
  });

  test('G13: keyed: a key that is under way is not forgotten with the many that are idle', () => {
    const waiting = waitingRecords('keyed');
    waiting.add(record(1, 'busy'));
    waiting.add(record(2, 'busy'));
    expect(taken(waiting)).toEqual([1]);
    for (let offset = 10; offset < 1500; offset += 1) {
      waiting.add(record(offset, `key ${offset}`));
      expect(taken(waiting)).toEqual([offset]);
      waiting.finish(record(offset, `key ${offset}`));
    }
    waiting.add(record(1500, 'busy'));
    expect(taken(waiting)).toEqual([]);
    waiting.finish(record(1, 'busy'));
    expect(taken(waiting)).toEqual([2]);
  });

  test.each(Array.from({ length: 50 }, (_, seed) => seed))('M3: keyed holds back nothing but what is of a key under way, and keeps its order (seed %i)', (seed) => {
    const random = seeded(seed);
    const waiting = waitingRecords('keyed');
    const keys = new Map<number, string | undefined>();
    const added: number[] = [];
    const started = new Set<number>();
    const underWay: FetchedRecord[] = [];
    for (let step = 0; step < 500; step += 1) {
      const choice = random();
      if (choice < 0.4) {
        const key = random() < 0.2 ? undefined : String(Math.floor(random() * 5));
        keys.set(step, key);
        added.push(step);
        waiting.add(record(step, key));
      } else if (choice < 0.7) {
        const next = waiting.next();
        const busy = new Set(underWay.map(({ offset }) => keys.get(offset)).filter((key) => key !== undefined));
        const first = (key: string): number | undefined => added.find((offset) => !started.has(offset) && keys.get(offset) === key);
        const free = added.filter((offset) => {
          const key = keys.get(offset);
          return !started.has(offset) && (key === undefined || (!busy.has(key) && first(key) === offset));
        });
        if (!next) expect(free).toEqual([]);
        else {
          expect(free).toContain(next.offset);
          started.add(next.offset);
          underWay.push(next);
        }
      } else {
        const [done] = underWay.splice(Math.floor(random() * underWay.length), 1);
        if (done) waiting.finish(done);
      }
    }
  });

  test.each([
    { name: 'short ones', key: (number: number) => `key-${number}` },
    { name: 'ones too long to be remembered', key: (number: number) => `${'k'.repeat(100)}-${number}` },
  ])('G13: keyed keeps one of each key under way through more keys than it remembers: $name', ({ key }) => {
    const waiting = waitingRecords('keyed');
    let offset = 0;
    for (let round = 0; round < 3; round += 1) {
      const records = Array.from({ length: 2500 }, (_, number) => record(offset++, key(number)));
      const followers = Array.from({ length: 2500 }, (_, number) => record(offset++, key(number)));
      for (const one of [...records, ...followers]) waiting.add(one);
      expect(taken(waiting)).toEqual(records.map((one) => one.offset));
      for (const one of records) waiting.finish(one);
      expect(taken(waiting)).toEqual(followers.map((one) => one.offset));
      for (const one of followers) waiting.finish(one);
    }
    expect(waiting.hasNext).toBe(false);
  });
});

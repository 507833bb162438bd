import { expect, test } from '@jest/globals';

import { RecentMap } from './recent-map.ts';

const minute = 60_000;

test('lets go of what nothing was told of for ten minutes, whoever asks, and of nothing else', () => {
  const clock = { now: 0 };
  const recent = new RecentMap<number>(() => clock.now);
  recent.tell('a', 1);
  recent.tell('b', 2);
  clock.now = 5 * minute;
  recent.tell('a', 3);
  clock.now = 10 * minute;
  expect(recent.values()).toEqual([2, 3]);
  clock.now += 1;
  expect([recent.get('b'), recent.get('a')]).toEqual([undefined, 3]);
  clock.now = 15 * minute + 1;
  recent.tell('c', 4);
  expect([recent.size, recent.values()]).toEqual([1, [4]]);
  recent.delete('c');
  expect(recent.size).toBe(0);
});

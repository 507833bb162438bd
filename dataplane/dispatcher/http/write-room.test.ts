import { expect, test } from '@jest/globals';

import { WriteRoom } from './write-room.ts';

test('what has left makes room for the next one; what is kept, and what is too long, is nobody else\'s', () => {
  const room = new WriteRoom();
  const left = room.take(100);
  const kept = room.take(200);
  expect([kept.buffer === left.buffer, kept.length]).toEqual([true, 200]);
  room.keepTaken();
  const next = room.take(100);
  const long = room.take(1_000_000);
  expect(new Set([kept, next, long].map(({ buffer }) => buffer)).size).toBe(3);
  expect(long.length).toBe(1_000_000);
});

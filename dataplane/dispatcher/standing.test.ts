import { describe, expect, test } from '@jest/globals';

import type { PartitionStanding } from './partition.ts';
import { subscriptionState, unreadForMs, unreadReason } from './standing.ts';

const now = 1_000_000;
const read: PartitionStanding = { lag: 0, oldestMs: undefined, readMs: now - 1000, isPaused: false, isBusy: false, position: 0, isBehind: false };

describe('subscriptionState', () => {
  test('R8.1: adds up the lag, and takes the oldest event of all partitions', () => {
    const standings = [{ ...read, lag: 3, oldestMs: 500 }, { ...read, lag: 4, oldestMs: 200 }, read];
    expect(subscriptionState(standings, 4, 1)).toEqual({ lag: 7, oldestEventMs: 200, assignedPartitions: 4, stalledPartitions: 1 });
    expect(subscriptionState([read], 1, 0).oldestEventMs).toBeUndefined();
  });
});

describe('unreadReason', () => {
  test.each<{ name: string; assigned: number[] | undefined; standings: Record<number, PartitionStanding>; want: string | undefined }>([
    { name: 'nothing assigned yet', assigned: undefined, standings: {}, want: 'has no partitions assigned yet' },
    { name: 'more members than partitions', assigned: [], standings: {}, want: undefined },
    { name: 'all are read', assigned: [0, 1], standings: { 0: read, 1: read }, want: undefined },
    { name: 'one is not open yet', assigned: [0, 1], standings: { 0: read }, want: 'does not read partition 1' },
    { name: 'one was never answered', assigned: [0], standings: { 0: { ...read, readMs: undefined } }, want: 'does not read partition 0' },
    { name: 'two are silent for too long', assigned: [0, 1, 2], standings: { 0: { ...read, readMs: now - unreadForMs - 1 }, 1: read, 2: { ...read, readMs: 0 } }, want: 'does not read partitions 0, 2' },
    { name: 'one waits for room', assigned: [0], standings: { 0: { ...read, readMs: 0, isPaused: true } }, want: undefined },
    { name: 'many', assigned: Array.from({ length: 20 }, (_, index) => index), standings: {}, want: 'does not read partitions 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and more' },
  ])('$name', ({ assigned, standings, want }) => {
    const map = new Map(Object.entries(standings).map(([partition, standing]) => [Number(partition), standing]));
    expect(unreadReason(assigned, map, now)).toBe(want);
  });
});

import { describe, expect, test } from '@jest/globals';

import type { KafkaAdmin } from '../kafka/kafka-admin.ts';
import { oldestAge } from './oldest.ts';

const now = 1_700_000_000_000;

/** One partition with an event at each of these ages, oldest first. */
function withAges(seconds: readonly number[]): { admin: KafkaAdmin; asked: number[] } {
  const asked: number[] = [];
  const offsetsAt = (_topic: string, partitions: readonly number[], at: unknown): Promise<Map<number, bigint>> => {
    asked.push(Number(at));
    const first = seconds.findIndex((age) => now - age * 1000 >= Number(at));
    return Promise.resolve(new Map(partitions.map((partition) => [partition, BigInt(first < 0 ? seconds.length : first)])));
  };
  return { admin: { offsetsAt } as Partial<KafkaAdmin> as KafkaAdmin, asked };
}

describe('K1: oldestAge', () => {
  test.each([
    { ages: [0], committed: 0n, want: '1s' },
    { ages: [7], committed: 0n, want: '5s' },
    { ages: [90, 7, 1], committed: 0n, want: '1m' },
    { ages: [90, 7, 1], committed: 1n, want: '5s' },
    { ages: [3 * 3600], committed: 0n, want: '2h' },
    { ages: [700_000], committed: 0n, want: '5d' },
    { ages: [99_000_000], committed: 0n, want: '100d' },
    { ages: [90, 7], committed: 2n, want: '0s' },
  ])('events of $ages s after offset $committed are as old as $want', async ({ ages, committed, want }) => {
    const { admin, asked } = withAges(ages);
    expect(await oldestAge(admin, 't', new Map([[0, committed]]), new Map([[0, BigInt(ages.length)]]), now)).toBe(want);
    expect(asked.length).toBeLessThanOrEqual(5);
  });

  test('asks nothing about a group that is not behind', async () => {
    const { admin, asked } = withAges([]);
    expect(await oldestAge(admin, 't', new Map(), new Map([[0, 5n]]), now)).toBe('0s');
    expect(asked).toEqual([]);
  });
});

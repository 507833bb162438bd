import { describe, expect, test } from '@jest/globals';

import { seeded } from '../../test/support/random.ts';
import type { Claim } from './sticky-assignment.ts';
import { stickyAssignment } from './sticky-assignment.ts';

const first = -1;

function claim(memberId: string, owned: number[] = [], generation = owned.length > 0 ? 1 : first): Claim {
  return { memberId, owned, generation };
}

function sizes(assignment: Map<string, number[]>): number[] {
  return [...assignment.values()].map(({ length }) => length).sort((a, b) => b - a);
}

/** Rounds until nothing changes any more; what every member has at the end. No round gives what another has. */
function settled(claims: readonly Claim[], count: number): { shares: Map<string, number[]>; rounds: number } {
  let current = claims;
  for (let rounds = 1; rounds < 10; rounds += 1) {
    const shares = stickyAssignment(current, count);
    for (const [memberId, partitions] of shares) {
      const ofOthers = current.filter((other) => other.memberId !== memberId).flatMap(({ owned }) => owned);
      expect(partitions.filter((partition) => ofOthers.includes(partition))).toEqual([]);
    }
    const next = [...shares].map(([memberId, owned]) => ({ memberId, owned, generation: rounds + 100 }));
    if (current.every(({ memberId, owned }) => JSON.stringify(owned) === JSON.stringify(shares.get(memberId)))) return { shares, rounds };
    current = next;
  }
  throw new Error('does not settle');
}

describe('partitions are shared', () => {
  test('all to one', () => expect(stickyAssignment([claim('a')], 3)).toEqual(new Map([['a', [0, 1, 2]]])));

  test('evenly among new members', () => expect(sizes(stickyAssignment([claim('a'), claim('b'), claim('c')], 12))).toEqual([4, 4, 4]));

  test('a member more: nobody is given yet what its owner has to let go first', () => {
    const round = stickyAssignment([claim('a', [0, 1, 2, 3]), claim('b')], 4);
    expect(round).toEqual(new Map([['a', [0, 1]], ['b', []]]));
    expect(stickyAssignment([claim('a', [0, 1], 2), claim('b', [], 2)], 4)).toEqual(new Map([['a', [0, 1]], ['b', [2, 3]]]));
  });

  test('a third member of four partitions gets one', () => {
    expect(sizes(settled([claim('a', [0, 1]), claim('b', [2, 3]), claim('c')], 4).shares)).toEqual([2, 1, 1]);
  });

  test('a member less: the others keep what they have', () => {
    const { shares } = settled([claim('a', [0, 1]), claim('c', [4, 5])], 6);
    expect(shares.get('a')).toEqual(expect.arrayContaining([0, 1]));
    expect(shares.get('c')).toEqual(expect.arrayContaining([4, 5]));
    expect(sizes(shares)).toEqual([3, 3]);
  });

  test('partitions that the topic got later', () => expect(settled([claim('a', [0, 1])], 4).shares).toEqual(new Map([['a', [0, 1, 2, 3]]])));

  test('a topic that is not there', () => expect(stickyAssignment([claim('a'), claim('b')], 0)).toEqual(new Map([['a', []], ['b', []]])));

  test('the newest claim counts, and an older one where nobody else has made any', () => {
    expect(stickyAssignment([claim('a', [0, 1], 5), claim('b', [0, 1, 2, 3], 4)], 4)).toEqual(new Map([['a', [0, 1]], ['b', [2, 3]]]));
  });

  test('a partition that two have claimed is nobody\'s for a round', () => {
    const round = stickyAssignment([claim('a', [0, 1]), claim('b', [1])], 2);
    expect([...round.values()].flat()).not.toContain(1);
  });

  test('any members: settles in three rounds, evenly, never given to two at once', () => {
    const random = seeded(1);
    const upTo = (most: number): number => Math.floor(random() * (most + 1));
    for (let run = 0; run < 2000; run += 1) {
      const count = upTo(13);
      const claims = Array.from({ length: 1 + upTo(5) }, (_none, index) => ({ memberId: `m${index}`, owned: [] as number[], generation: upTo(2) }));
      for (let partition = 0; partition < count; partition += 1) claims[upTo(claims.length - 1)]?.owned.push(partition);
      const { shares, rounds } = settled(claims, count);
      const all = [...shares.values()].flat().sort((a, b) => a - b);
      expect(all).toEqual(Array.from({ length: count }, (_none, partition) => partition));
      expect(Math.max(...sizes(shares)) - Math.min(...sizes(shares))).toBeLessThanOrEqual(1);
      expect(rounds).toBeLessThanOrEqual(3);
    }
  });
});

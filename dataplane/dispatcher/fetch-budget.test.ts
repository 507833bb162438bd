import { describe, expect, test } from '@jest/globals';

import { FetchBudget, leastFetchBytes, mostPartitionBytes } from './fetch-budget.ts';

function budgetOf(limit: number, partitions: number): FetchBudget {
  const budget = new FetchBudget(limit);
  for (let opened = 0; opened < partitions; opened += 1) budget.openPartition();
  return budget;
}

describe('FetchBudget', () => {
  test('shares what is free among the partitions, each up to its own limit', () => {
    expect(budgetOf(100 * mostPartitionBytes, 10).allowance(0)).toBe(mostPartitionBytes);
    expect(budgetOf(mostPartitionBytes, 4).allowance(0)).toBe(mostPartitionBytes / 4);
  });

  test('lets a partition fetch ahead while it holds less than half of its limit', () => {
    const budget = budgetOf(100 * mostPartitionBytes, 1);
    expect(budget.allowance(mostPartitionBytes / 2)).toBe(mostPartitionBytes / 2);
    expect(budget.allowance(mostPartitionBytes / 2 + 1)).toBe(0);
  });

  test('starves none when others have used it up, and lets none fetch ahead then', () => {
    const budget = budgetOf(mostPartitionBytes, 2);
    budget.take(mostPartitionBytes);
    expect(budget.allowance(0)).toBe(leastFetchBytes);
    expect(budget.allowance(1)).toBe(0);
    budget.giveBack(mostPartitionBytes);
    expect(budget.used).toBe(0);
    expect(budget.allowance(1)).toBe(mostPartitionBytes / 2);
  });

  test('lets nothing more in at the hard limit, but for a subscription that holds nothing', () => {
    const pod = new FetchBudget(mostPartitionBytes);
    const [greedy, modest] = [pod.ofSubscription(), pod.ofSubscription()];
    for (const budget of [greedy, modest]) budget.openPartition();
    greedy.take(1.5 * mostPartitionBytes);
    expect([greedy.isFull, greedy.allowance(0), modest.isFull, modest.allowance(0)]).toEqual([true, 0, false, leastFetchBytes]);
    modest.take(1);
    expect([modest.isFull, modest.allowance(0), pod.used]).toEqual([true, 0, 1.5 * mostPartitionBytes + 1]);
    greedy.giveBack(1.5 * mostPartitionBytes);
    expect([modest.isFull, pod.used]).toEqual([false, 1]);
  });
});

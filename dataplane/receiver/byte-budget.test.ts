import { expect, test } from '@jest/globals';

import { ByteBudget } from './byte-budget.ts';

test('R11.5: events leave the reserve free, which nothing exceeds', () => {
  const budget = new ByteBudget(100, 20);
  expect([budget.has(81), budget.take(81), budget.take(80), budget.used]).toEqual([false, false, true, 80]);
  expect([budget.has(1), budget.take(1), budget.takeReserved(20), budget.takeReserved(1), budget.used]).toEqual([false, false, true, false, 100]);
  budget.giveBack(30);
  expect([budget.take(10), budget.take(1), budget.used]).toEqual([true, false, 80]);
});

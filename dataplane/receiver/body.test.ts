import { describe, expect, test } from '@jest/globals';

import { HeldBody } from './body.ts';
import { ByteBudget } from './byte-budget.ts';

describe('HeldBody', () => {
  test('is what came, whole, in however many pieces, and is given back', () => {
    const budget = new ByteBudget(100_000);
    const body = new HeldBody(budget, 10_000);
    const bytes = Buffer.from(Array.from({ length: 5000 }, (_none, i) => i % 251));
    for (let at = 0; at < bytes.length; at += 1) body.add(bytes.subarray(at, at + 1));
    expect(body.whole().equals(bytes)).toBe(true);
    expect([body.length, budget.used]).toEqual([5000, 5000]);
    body.release();
    expect(budget.used).toBe(0);
  });

  test('pays for head and body as they come, and takes no announcement for a body', () => {
    const budget = new ByteBudget(20_000);
    const body = new HeldBody(budget, 10_000);
    body.open(100, 9000);
    const paid = budget.used;
    expect(paid).toBeGreaterThanOrEqual(100);
    expect(paid).toBeLessThan(9000);
    body.add(Buffer.alloc(1000));
    expect(budget.used).toBe(paid + 1000);
    expect(() => new HeldBody(budget, 10_000).open(0, 9000)).toThrow(expect.objectContaining({ kind: 'overloaded' }));
    expect(() => body.add(Buffer.alloc(9500))).toThrow(expect.objectContaining({ kind: 'too_large' }));
  });
});

import { describe, expect, test } from '@jest/globals';

import { seeded } from '../../test/support/random.ts';
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

  test('is what came, in pieces of any size', () => {
    const random = seeded(11);
    for (let round = 0; round < 200; round += 1) {
      const body = new HeldBody(new ByteBudget(1_000_000), 1_000_000);
      const pieces = Array.from({ length: Math.floor(random() * 60) }, () => Buffer.alloc(Math.floor(random() ** 4 * 12_000), Math.floor(random() * 256)));
      for (const piece of pieces) body.add(piece);
      expect(body.whole().equals(Buffer.concat(pieces))).toBe(true);
    }
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

  test('R11.5: each event of a batch is paid for; one too many for the receiver is too large, one too many just now is not', () => {
    const budget = new ByteBudget(20_000);
    const batch = new HeldBody(budget, 10_000);
    const other = new HeldBody(budget, 10_000);
    for (let events = 0; events < 5; events += 1) batch.addEvent();
    expect(budget.used).toBe(5 * 2048);
    for (let events = 0; events < 4; events += 1) other.addEvent();
    expect(() => other.addEvent()).toThrow(expect.objectContaining({ kind: 'overloaded' }));
    other.release();
    for (let events = 5; events < 9; events += 1) batch.addEvent();
    expect(() => batch.addEvent()).toThrow(expect.objectContaining({ kind: 'too_large' }));
    batch.release();
    expect(budget.used).toBe(0);
  });
});

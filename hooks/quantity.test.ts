import { describe, expect, test } from '@jest/globals';

import { parseQuantity } from './quantity.ts';

describe('parseQuantity', () => {
  test.each([
    ['500m', 0.5],
    [2, 2],
    ['2', 2],
    ['.5', 0.5],
    ['1.5Gi', 1_610_612_736],
    ['1G', 1e9],
    ['2e3', 2000],
    ['1E', 1e18],
    ['', undefined],
    ['much', undefined],
    ['-1', undefined],
    ['1 Gi', undefined],
    ['1toString', undefined],
  ])('%s is %s', (quantity, want) => expect(parseQuantity(quantity)).toBe(want));
});

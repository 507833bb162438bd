import { describe, expect, test } from '@jest/globals';

import { canonicalQuantity, parseQuantity } from './quantity.ts';

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

describe('canonicalQuantity', () => {
  test.each([
    ['1000m', '1'],
    [1, '1'],
    ['1', '1'],
    ['500m', '500m'],
    ['0.5', '500m'],
    [0.25, '250m'],
    ['1.5', '1500m'],
    ['+2', '2'],
    ['0', '0'],
    ['0Mi', '0'],
    ['128Mi', '128Mi'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Gi', '512Mi'],
    ['0.5Ki', '512'],
    ['1Ki', '1Ki'],
    ['1000Ki', '1000Ki'],
    ['.1Ki', '102400m'],
    [1024, '1024'],
    [134_217_728, '134217728'],
    ['1000', '1k'],
    ['1000k', '1M'],
    ['1500M', '1500M'],
    ['2e3', '2e3'],
    ['1e4', '10e3'],
    ['1E2', '100'],
    ['1000e-3', '1'],
    ['5e-1', '500e-3'],
    ['1E', '1E'],
    ['0.1n', '1n'],
    ['99E', '99E'],
    ['much', 'much'],
    ['', ''],
    ['-1', '-1'],
    ['.', '.'],
  ])('%s is %s', (quantity, want) => expect(canonicalQuantity(quantity)).toBe(want));
});

import { describe, expect, test } from '@jest/globals';

import { bucketsOf, quantileMs, since } from './histogram.ts';

const exposition = `# HELP d_seconds x
d_seconds_bucket{le="0.05",hook="sync"} 90
d_seconds_bucket{le="0.1",hook="sync"} 100
d_seconds_bucket{le="+Inf",hook="sync"} 100
d_seconds_bucket{hook="customize",le="0.05"} 10
d_seconds_bucket{hook="customize",le="0.1"} 10
d_seconds_bucket{hook="customize",le="+Inf"} 11
d_seconds_count{hook="sync"} 100`;

describe('buckets of a histogram', () => {
  test('are added up over series, wherever the bound is written', () => {
    expect([...bucketsOf(exposition, 'd_seconds')]).toEqual([[0.05, 100], [0.1, 110], [Infinity, 111]]);
  });

  test('are those of the series that are asked for', () => {
    expect([...bucketsOf(exposition, 'd_seconds', (labels) => labels.includes('hook="sync"'))]).toEqual([[0.05, 90], [0.1, 100], [Infinity, 100]]);
  });

  test('count since an earlier reading', () => {
    const now = bucketsOf(exposition, 'd_seconds');
    expect([...since(new Map([[0.05, 40], [0.1, 50], [Infinity, 50]]), now)]).toEqual([[0.05, 60], [0.1, 60], [Infinity, 61]]);
  });
});

describe('a quantile', () => {
  const sync = bucketsOf(exposition, 'd_seconds', (labels) => labels.includes('hook="sync"'));

  test.each([[0.45, 25], [0.9, 50], [0.95, 75], [1, 100]])('%p is interpolated: %p ms', (quantile, milliseconds) => {
    expect(quantileMs(sync, quantile)).toBeCloseTo(milliseconds);
  });

  test('beyond the last bound is that bound, and of nothing 0', () => {
    expect(quantileMs(bucketsOf(exposition, 'd_seconds'), 0.999)).toBeCloseTo(100);
    expect(quantileMs(new Map(), 0.5)).toBe(0);
  });
});

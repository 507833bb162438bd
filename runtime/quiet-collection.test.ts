import { describe, expect, test } from '@jest/globals';

import { QuietTimes } from './quiet-collection.ts';

const mib = 1024 * 1024;

describe('a collection in quiet times', () => {
  test.each([
    { name: 'the first look knows of no time before it', looks: [[100, 20]], want: [false] },
    { name: 'quiet since the last look', looks: [[100, 20], [101, 20]], want: [false, true] },
    { name: 'busy, then quiet', looks: [[100, 20], [700, 80], [710, 80]], want: [false, false, true] },
    { name: 'never while busy', looks: [[0, 20], [600, 80], [1200, 90]], want: [false, false, false] },
  ])('$name', ({ looks, want }) => {
    const times = new QuietTimes(10_000);
    expect(looks.map(([cpuMs = 0, heap = 0]) => times.isWorthIt({ cpuMs, heapBytes: heap * mib }))).toEqual(want);
  });

  test('comes again only when the heap has grown, and does not count its own time', () => {
    const times = new QuietTimes(10_000);
    times.isWorthIt({ cpuMs: 0, heapBytes: 20 * mib });
    times.collected({ cpuMs: 600, heapBytes: 12 * mib });
    expect([13, 14, 15].map((heap, index) => times.isWorthIt({ cpuMs: 601 + index, heapBytes: heap * mib }))).toEqual([false, false, true]);
  });
});

import { describe, expect, test } from '@jest/globals';
import { Partitioners } from 'kafkajs';

import { murmur2, partitionOfKey, randomPartition } from './partitioner.ts';

describe('murmur2', () => {
  // From Kafka's UtilsTest.testMurmur2.
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('%s is %d, as in Java', (text, hash) => expect(murmur2(Buffer.from(text))).toBe(hash));

  test('takes every length and every byte', () => {
    for (let length = 0; length < 40; length += 1) expect(Number.isInteger(murmur2(Buffer.alloc(length, 0xff)))).toBe(true);
  });
});

describe('partitionOfKey', () => {
  test('R21.1: agrees with the default partitioner of kafkajs, which is the Java client\'s', () => {
    for (const partitions of [1, 3, 4, 10, 100]) {
      const partitioner = Partitioners.DefaultPartitioner();
      const partitionMetadata = Array.from({ length: partitions }, (_none, partitionId) => ({ partitionId, leader: 1, isr: [], replicas: [], partitionErrorCode: 0 }));
      for (let i = 0; i < 500; i += 1) {
        const key = Buffer.from(`${'ключ-😀-'.slice(0, i % 9)}${i}`);
        expect(partitionOfKey(key, partitions)).toBe(partitioner({ topic: 't', partitionMetadata, message: { key, value: null } }));
      }
    }
  });
});

describe('randomPartition', () => {
  test.each([
    { name: 'those that have a leader', led: [0, 2, 3], want: [true, false, true, true] },
    { name: 'all of them where none has', led: [], want: [true, true, true, true] },
  ])('R21.2: spreads over $name', ({ led, want }) => {
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 4000; i += 1) {
      const partition = randomPartition(4, led);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    expect(counts.map((count) => count > 800)).toEqual(want);
    expect(counts.map((count) => count > 0)).toEqual(want);
  });
});

import { describe, expect, test } from '@jest/globals';
import { Partitioners } from 'kafkajs';

import { murmur2, partitionOfKey } from './partitioner.ts';

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

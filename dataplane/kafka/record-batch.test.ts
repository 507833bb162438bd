import { describe, expect, test } from '@jest/globals';
import { crc32c, createRecordsBatch, NumericMap } from '@platformatic/kafka';

import type { OutgoingRecord } from './producer-link.ts';
import { encodeRecordBatch } from './record-batch.ts';

const identity = { id: 4711n, epoch: 3 };
const timestamp = 1_790_000_000_123;
const topic = 't';
const partition = 2;

/** What the client's own encoder makes of the same records; the leader's epoch is not known to a producer, which Java's writes as -1 and the client as 0. */
function theirs(records: readonly OutgoingRecord[], firstSequence: number): Buffer {
  const sequences = new NumericMap();
  sequences.set(`${topic}:${partition}`, firstSequence);
  const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
  const messages = records.map(({ key, value, headers }) => ({ topic, partition, timestamp: BigInt(timestamp), key, value, headers: new Map(headers.map(([name, text]) => [latin1(name), latin1(text)])) }));
  const batch = createRecordsBatch(messages as never, { producerId: identity.id, producerEpoch: identity.epoch, sequences }).buffer;
  batch.writeInt32BE(-1, 12);
  return batch;
}

const long = (length: number): Buffer => Buffer.alloc(length, 'x');

describe('encodeRecordBatch', () => {
  test.each<{ name: string; records: OutgoingRecord[] }>([
    { name: 'one record without key and headers', records: [{ value: Buffer.from('v'), headers: [] }] },
    { name: 'no value', records: [{ headers: [['ce_id', '1']] }] },
    { name: 'an empty value and an empty key', records: [{ key: Buffer.alloc(0), value: Buffer.alloc(0), headers: [['', '']] }] },
    { name: 'texts of bytes, short and long, and names that repeat', records: [{ key: Buffer.from('k'), value: long(10), headers: [['ce_a', 'Ã¤\xff\x00'], ['ce_a', 'ÿ'.repeat(300)]] }] },
    { name: 'lengths around every width of a varint', records: [63, 64, 127, 128, 8191, 8192, 16_383, 16_384, 1_048_575, 1_048_576].map((length) => ({ value: long(length), headers: [] })) },
    { name: 'more records than a byte counts', records: Array.from({ length: 9000 }, (_none, i) => ({ value: Buffer.from(String(i)), headers: [['ce_id', String(i)]] })) },
  ])('$name: the same bytes as the client\'s encoder', ({ records }) => {
    const ours = encodeRecordBatch({ topic, partition, firstSequence: 77, timestamp, records }, identity);
    expect(ours.equals(theirs(records, 77))).toBe(true);
    expect(ours.readUInt32BE(17)).toBe(crc32c(ours.subarray(21)));
  });

  test('G15: encoded again, it is the same', () => {
    const batch = { topic, partition, firstSequence: 2 ** 31 - 1, timestamp, records: [{ value: Buffer.from('v'), headers: [] }] };
    expect(encodeRecordBatch(batch, identity).equals(encodeRecordBatch(batch, identity))).toBe(true);
  });
});

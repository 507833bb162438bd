import { describe, expect, test } from '@jest/globals';
import { crc32c } from '@platformatic/kafka';
import { gzipSync } from 'node:zlib';

import type { FetchedPart } from './fetch-answer.ts';
import { fetchedBatch } from './fetched-records.ts';
import { encodeRecordBatch } from './record-batch.ts';

const gzip = 1;
const transactional = 1 << 4;
const control = 1 << 5;
const at = { offset: 0, length: 8, magic: 16, crc: 17, attributes: 21, lastOffsetDelta: 23, producerId: 43, count: 57, records: 61 };

interface Shape {
  readonly attributes?: number;
  readonly producerId?: bigint;
  readonly lastOffsetDelta?: number;
  readonly key?: Buffer;
}

/** A batch as a broker stores it; `count` records with values v0, v1, … */
function batch(firstOffset: number, count: number, { attributes = 0, producerId = -1n, lastOffsetDelta = count - 1, key }: Shape = {}): Buffer {
  const records = Array.from({ length: count }, (_, index) => ({ ...(key && { key }), value: Buffer.from(`v${index}`), headers: [['ce_id', `${index}`]] as const }));
  const bytes = encodeRecordBatch({ topic: 't', partition: 0, firstSequence: 0, timestamp: 1000, records }, { id: producerId, epoch: 0 });
  bytes.writeBigInt64BE(BigInt(firstOffset), at.offset);
  bytes.writeInt16BE(attributes, at.attributes);
  bytes.writeInt32BE(lastOffsetDelta, at.lastOffsetDelta);
  return sealed(bytes);
}

function sealed(bytes: Buffer): Buffer {
  bytes.writeInt32BE(bytes.length - 12, at.length);
  bytes.writeUInt32BE(crc32c(bytes.subarray(at.attributes)), at.crc);
  return bytes;
}

function gzipped(plain: Buffer): Buffer {
  const bytes = Buffer.concat([plain.subarray(0, at.records), gzipSync(plain.subarray(at.records))]);
  bytes.writeInt16BE(gzip, at.attributes);
  return sealed(bytes);
}

function marker(offset: number, producerId: bigint, kind: 'abort' | 'commit'): Buffer {
  return batch(offset, 1, { attributes: transactional | control, producerId, key: Buffer.from([0, 0, 0, kind === 'abort' ? 0 : 1]) });
}

function part(batches: readonly Buffer[], aborted: FetchedPart['aborted'] = []): FetchedPart {
  return { partition: 3, errorCode: 0, lastStableOffset: 90, logStart: 0, aborted, records: Buffer.concat(batches) };
}

function offsets(fetched: FetchedPart, from: number, enough = 1_000_000) {
  const { records, next, unreadable } = fetchedBatch(fetched, { from, enough });
  return { offsets: records.map(({ offset }) => offset), next, ...(unreadable && { unreadable }) };
}

describe('fetchedBatch', () => {
  test('hands on records and the offset after them', () => expect(offsets(part([batch(5, 2), batch(7, 1)]), 5)).toEqual({ offsets: [5, 6, 7], next: 8 }));

  test('stays where it is when nothing was fetched', () => expect(offsets(part([]), 5)).toEqual({ offsets: [], next: 5 }));

  test('leaves out what lies below the offset that was asked for', () => expect(offsets(part([batch(0, 4)]), 2)).toEqual({ offsets: [2, 3], next: 4 }));

  test('passes the holes of compaction at the end of a batch, and batches that compaction has emptied (B13)', () => {
    expect(offsets(part([batch(10, 2, { lastOffsetDelta: 9 }), batch(40, 0, { lastOffsetDelta: 2 })]), 10)).toEqual({ offsets: [10, 11], next: 43 });
  });

  test('passes transaction markers (B13)', () => expect(offsets(part([batch(0, 1, { attributes: transactional, producerId: 1n }), marker(1, 1n, 'commit')]), 0)).toEqual({ offsets: [0], next: 2 }));

  test('leaves out what was aborted, though the marker is yet to come', () => {
    const batches = [batch(0, 1, { attributes: transactional, producerId: 1n }), batch(1, 1, { attributes: transactional, producerId: 2n })];
    expect(offsets(part(batches, [{ producerId: 1n, firstOffset: 0 }]), 0)).toEqual({ offsets: [1], next: 2 });
  });

  test('keeps what a producer committed between two transactions that it aborted', () => {
    const mine = { attributes: transactional, producerId: 1n };
    const batches = [batch(0, 1, mine), marker(1, 1n, 'abort'), batch(2, 1, mine), marker(3, 1n, 'commit'), batch(4, 1, mine), marker(5, 1n, 'abort')];
    expect(offsets(part(batches, [{ producerId: 1n, firstOffset: 0 }, { producerId: 1n, firstOffset: 4 }]), 0)).toEqual({ offsets: [2], next: 6 });
  });

  test('takes out of a record what it holds', () => {
    const [, second] = fetchedBatch(part([batch(7, 2, { key: Buffer.from('k') })]), { from: 0, enough: 1000 }).records;
    expect(second).toMatchObject({ offset: 8, timestamp: 1000, key: 'k', value: Buffer.from('v1'), headers: ['ce_id', '1'] });
    expect(second?.size).toBeGreaterThan(100);
  });

  test('reads packed batches', () => expect(offsets(part([gzipped(batch(0, 3))]), 1)).toEqual({ offsets: [1, 2], next: 3 }));

  test('leaves a batch that is cut off at the end for the next fetch', () => {
    const second = batch(2, 2);
    for (let cut = 0; cut < second.length; cut += 1) expect(offsets(part([batch(0, 2), second.subarray(0, cut)]), 0)).toEqual({ offsets: [0, 1], next: 2 });
  });

  test('stops when it has enough', () => {
    expect(offsets(part([batch(0, 2), batch(2, 2)]), 0, 1)).toEqual({ offsets: [0, 1], next: 2 });
    expect(offsets(part([batch(0, 2)]), 0, 0)).toEqual({ offsets: [], next: 0 });
  });
});

describe('a batch that cannot be read', () => {
  test('whatever bit of it is flipped, nothing of it is handed on and nothing after it is passed (N7)', () => {
    const good = batch(0, 2);
    for (let bit = at.magic * 8; bit < 8 * good.length; bit += 1) {
      const bad = Buffer.from(good);
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const read = offsets(part([batch(0, 0, { lastOffsetDelta: -1 }), bad, batch(2, 2)]), 0);
      expect(read).toMatchObject({ offsets: [], next: 0, unreadable: expect.any(String) });
    }
  });

  test('lets those before it pass', () => {
    const bad = batch(2, 2);
    bad[80] = (bad[80] ?? 0) ^ 1;
    expect(offsets(part([batch(0, 2), bad]), 0)).toEqual({ offsets: [0, 1], next: 2, unreadable: 'its checksum does not match' });
  });

  test('is one of another message format, an unknown codec, or packed data that is broken', () => {
    const old = batch(0, 1);
    old[at.magic] = 1;
    expect(offsets(part([old]), 0)).toMatchObject({ unreadable: 'its message format is 1, not 2' });
    expect(offsets(part([batch(0, 1, { attributes: 7 })]), 0)).toMatchObject({ unreadable: 'codec 7 is not known' });
    expect(offsets(part([batch(0, 1, { attributes: gzip })]), 0)).toMatchObject({ unreadable: expect.stringContaining('header') });
  });

  test('is one that did not come whole', () => expect(offsets(part([batch(0, 1).subarray(0, 70)]), 0)).toMatchObject({ next: 0, unreadable: 'it is longer than what came of it' }));
});

import { checksum } from './checksum.ts';
import type { OutgoingRecord, PartitionBatch, ProducerIdentity } from './producer-link.ts';
import { nullLength, varintBytes, writeVarint, zigzag } from './varint.ts';

/** Bytes before the records: offset, length, epoch, magic, CRC, attributes, offset delta, two timestamps, producer, first sequence number, count. */
export const batchHeadBytes = 61;
/** Where each begins that is not simply the next. */
const at = { length: 8, leaderEpoch: 12, magic: 16, crc: 17, attributes: 21, lastOffsetDelta: 23, firstTimestamp: 27, maxTimestamp: 35, producerId: 43, producerEpoch: 51, firstSequence: 53, count: 57 };
const magic = 2;
/** Shorter texts are copied by us, character by character: a call of Buffer's takes longer. */
const shortText = 24;

/**
 * A record batch (magic 2, no compression) written at once: a size pass, one Buffer, no object per record. The same batch gives the same bytes, whenever it is encoded.
 */
export function encodeRecordBatch({ records, timestamp, firstSequence }: PartitionBatch, identity: ProducerIdentity): Buffer {
  const sizes = records.map(recordBytes);
  let total = batchHeadBytes;
  for (const size of sizes) total += varintBytes(zigzag(size)) + size;
  const batch = Buffer.allocUnsafe(total);
  let position = batchHeadBytes;
  for (let index = 0; index < records.length; index += 1) position = writeRecord(batch, position, records[index] as OutgoingRecord, sizes[index] ?? 0, index);
  writeHead(batch, { count: records.length, timestamp, firstSequence }, identity);
  return batch;
}

/** Bytes of a batch that holds this record alone, which is what brokers compare with `max.message.bytes`. */
export function bytesAlone(record: OutgoingRecord): number {
  const size = recordBytes(record, 0);
  return batchHeadBytes + varintBytes(zigzag(size)) + size;
}

function writeHead(batch: Buffer, { count, timestamp, firstSequence }: { count: number; timestamp: number; firstSequence: number }, identity: ProducerIdentity): void {
  const time = BigInt(timestamp);
  batch.fill(0, 0, at.length);
  batch.writeInt32BE(batch.length - at.leaderEpoch, at.length);
  batch.writeInt32BE(-1, at.leaderEpoch);
  batch[at.magic] = magic;
  batch.writeInt16BE(0, at.attributes);
  batch.writeInt32BE(count - 1, at.lastOffsetDelta);
  batch.writeBigInt64BE(time, at.firstTimestamp);
  batch.writeBigInt64BE(time, at.maxTimestamp);
  batch.writeBigInt64BE(identity.id, at.producerId);
  batch.writeInt16BE(identity.epoch, at.producerEpoch);
  batch.writeInt32BE(firstSequence, at.firstSequence);
  batch.writeInt32BE(count, at.count);
  batch.writeUInt32BE(checksum(batch.subarray(at.attributes)), at.crc);
}

/** Bytes of a record after its own length. Attributes and timestamp delta are 0, and one byte each. */
function recordBytes({ key, value, headers }: OutgoingRecord, index: number): number {
  let size = 2 + varintBytes(zigzag(index)) + nullableBytes(key) + nullableBytes(value) + varintBytes(zigzag(headers.length));
  for (const [name, text] of headers) size += varintBytes(zigzag(name.length)) + name.length + varintBytes(zigzag(text.length)) + text.length;
  return size;
}

function nullableBytes(bytes: Buffer | undefined): number {
  return bytes ? varintBytes(zigzag(bytes.length)) + bytes.length : 1;
}

function writeRecord(batch: Buffer, start: number, { key, value, headers }: OutgoingRecord, size: number, index: number): number {
  let position = writeVarint(batch, zigzag(size), start);
  batch[position++] = 0;
  batch[position++] = 0;
  position = writeVarint(batch, zigzag(index), position);
  position = writeNullable(batch, key, position);
  position = writeNullable(batch, value, position);
  position = writeVarint(batch, zigzag(headers.length), position);
  for (const [name, text] of headers) position = writeText(batch, text, writeText(batch, name, position));
  return position;
}

function writeNullable(batch: Buffer, bytes: Buffer | undefined, position: number): number {
  if (!bytes) return writeVarint(batch, nullLength, position);
  const start = writeVarint(batch, zigzag(bytes.length), position);
  batch.set(bytes, start);
  return start + bytes.length;
}

function writeText(batch: Buffer, text: string, position: number): number {
  const start = writeVarint(batch, zigzag(text.length), position);
  if (text.length > shortText) batch.write(text, start, 'latin1');
  else for (let i = 0; i < text.length; i += 1) batch[start + i] = text.charCodeAt(i);
  return start + text.length;
}

import { encodeRecordBatch } from './record-batch.ts';
import type { PartitionBatch, ProducerIdentity } from './producer-link.ts';
import { varintBytes, writeVarint } from './varint.ts';

const allInSyncReplicas = -1;
/** From this version on lengths are varints, and tagged fields follow. */
const firstFlexibleVersion = 9;

export function isFlexible(produceVersion: number): boolean {
  return produceVersion >= firstFlexibleVersion;
}

/** The body of a Produce request of versions 3 to 11, `acks=all`, as buffers in order. */
export function encodeProduceRequest(batches: readonly PartitionBatch[], identity: ProducerIdentity, { version, timeoutMs }: { version: number; timeoutMs: number }): Buffer[] {
  const fields = isFlexible(version) ? flexible : plain;
  const byTopic = Map.groupBy(batches, ({ topic }) => topic);
  const parts = [fields.noTransaction, int16(allInSyncReplicas), int32(timeoutMs), fields.count(byTopic.size)];
  for (const [topic, ofTopic] of byTopic) {
    parts.push(fields.text(topic), fields.count(ofTopic.length));
    for (const batch of ofTopic) {
      const records = encodeRecordBatch(batch, identity);
      parts.push(int32(batch.partition), fields.size(records.length), records, fields.tags);
    }
    parts.push(fields.tags);
  }
  parts.push(fields.tags);
  return parts;
}

const plain = {
  noTransaction: int16(-1),
  tags: Buffer.alloc(0),
  count: int32,
  size: int32,
  text: (value: string): Buffer => Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]),
};

const flexible = {
  noTransaction: Buffer.of(0),
  tags: Buffer.of(0),
  count: compact,
  size: compact,
  text: (value: string): Buffer => Buffer.concat([compact(Buffer.byteLength(value)), Buffer.from(value)]),
};

/** A length, plus one, because 0 stands for null. */
function compact(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(varintBytes(length + 1));
  writeVarint(bytes, length + 1, 0);
  return bytes;
}

function int16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

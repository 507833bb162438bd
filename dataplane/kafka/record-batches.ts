import { BatchRecord } from './batch-record.ts';
import { ByteCursor } from './byte-cursor.ts';
import { checksum } from './checksum.ts';
import { unpack } from './unpack.ts';

/** Why a batch cannot be read: it stays in the log, and nothing after it is read. */
export class UnreadableBatch extends Error {}

/** Bytes up to the length, the length included, and up to the records. */
const lengthEnd = 12;
const headBytes = 61;
const at = { length: 8, leaderEpoch: 12, magic: 16, crc: 17, attributes: 21, lastOffsetDelta: 23, firstTimestamp: 27, producerId: 43, count: 57 };
const magic = 2;
const codecBits = 0b111;
const transactionalBit = 1 << 4;
const controlBit = 1 << 5;

/** The head of a record batch (magic 2); its records are read when they are asked for. */
export class RecordBatch {
  readonly firstOffset: number;
  readonly lastOffset: number;
  /** Of the broker that has written it: it grows with each leader of the partition. */
  readonly leaderEpoch: number;
  readonly producerId: bigint;
  readonly isTransactional: boolean;
  /** It holds a marker of a transaction's end, not records. */
  readonly isControl: boolean;
  readonly #bytes: Buffer;

  /** Throws UnreadableBatch. */
  constructor(bytes: Buffer) {
    if (bytes.length < headBytes) throw new UnreadableBatch(`it has ${bytes.length} bytes only`);
    if (bytes[at.magic] !== magic) throw new UnreadableBatch(`its message format is ${bytes[at.magic] ?? 'missing'}, not ${magic}`);
    if (checksum(bytes.subarray(at.attributes)) !== bytes.readUInt32BE(at.crc)) throw new UnreadableBatch('its checksum does not match');
    const attributes = bytes.readInt16BE(at.attributes);
    this.#bytes = bytes;
    this.firstOffset = Number(bytes.readBigInt64BE(0));
    this.lastOffset = this.firstOffset + bytes.readInt32BE(at.lastOffsetDelta);
    this.leaderEpoch = bytes.readInt32BE(at.leaderEpoch);
    this.producerId = bytes.readBigInt64BE(at.producerId);
    this.isTransactional = (attributes & transactionalBit) !== 0;
    this.isControl = (attributes & controlBit) !== 0;
  }

  /** Its records from an offset on. Throws UnreadableBatch. */
  records(from: number): BatchRecord[] {
    const records: BatchRecord[] = [];
    try {
      const bytes = this.#unpacked();
      const firstTimestamp = Number(this.#bytes.readBigInt64BE(at.firstTimestamp));
      const cursor = new ByteCursor(bytes, 0);
      for (let left = this.#bytes.readInt32BE(at.count); left > 0; left -= 1) {
        const end = cursor.varint() + cursor.at;
        if (end > bytes.length) throw new RangeError(`a record ends ${end - bytes.length} bytes behind the batch`);
        cursor.at += 1;
        const timestamp = firstTimestamp + cursor.varint();
        const offset = this.firstOffset + cursor.varint();
        if (offset >= from) records.push(new BatchRecord(bytes, { start: cursor.at, end, offset, timestamp }));
        cursor.at = end;
      }
    } catch (error) {
      throw new UnreadableBatch((error as Error).message, { cause: error });
    }
    return records;
  }

  #unpacked(): Buffer {
    const packed = this.#bytes.subarray(headBytes);
    const codec = this.#bytes.readInt16BE(at.attributes) & codecBits;
    return codec === 0 ? packed : unpack(codec, packed);
  }
}

/** The bytes of the batch at a position of an answer; undefined where the answer ends before the batch does. */
export function batchAt(bytes: Buffer, position: number): Buffer | undefined {
  if (bytes.length - position < lengthEnd) return undefined;
  const end = position + lengthEnd + bytes.readInt32BE(position + at.length);
  return end > bytes.length || end < position + lengthEnd ? undefined : bytes.subarray(position, end);
}

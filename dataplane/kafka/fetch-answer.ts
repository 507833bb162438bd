import type { Reader } from '@platformatic/kafka';

/** One partition of a fetch answer. */
export interface FetchedPart {
  readonly partition: number;
  readonly errorCode: number;
  /** Readable up to here: what lies behind is not yet stored by enough brokers, or of an open transaction. */
  readonly lastStableOffset: number;
  readonly logStart: number;
  /** The log and what was read of it have parted ways here: the leader that wrote what was read last had written no further. */
  readonly divergedAt?: number;
  readonly aborted: readonly { readonly producerId: bigint; readonly firstOffset: number }[];
  /** Record batches one after the other; the last may be cut off. In memory of their own, or in what the socket read at once. */
  readonly records: Buffer;
}

export interface FetchAnswer {
  readonly errorCode: number;
  readonly parts: readonly FetchedPart[];
}

const empty = Buffer.alloc(0);
const divergingEpochTag = 0;

/** From this version on, lengths are varints and fields may be tagged. */
export function isFlexibleFetch(version: number): boolean {
  return version >= 12;
}

/** The answer to a fetch of one topic, versions 4 to 17. Its batches are not looked into: what is wrong with one concerns its own partition only. */
export function readFetchAnswer(reader: Reader, version: number): FetchAnswer {
  const isCompact = isFlexibleFetch(version);
  reader.skip(4);
  let errorCode = 0;
  if (version >= 7) {
    errorCode = reader.readInt16();
    reader.skip(4);
  }
  const parts: FetchedPart[] = [];
  for (let topics = count(reader, isCompact); topics > 0; topics -= 1) {
    if (version >= 13) reader.skip(16);
    else reader.readNullableString(isCompact);
    for (let left = count(reader, isCompact); left > 0; left -= 1) parts.push(readPart(reader, version));
    if (isCompact) skipTags(reader);
  }
  return { errorCode, parts };
}

function readPart(reader: Reader, version: number): FetchedPart {
  const isCompact = isFlexibleFetch(version);
  const partition = reader.readInt32();
  const errorCode = reader.readInt16();
  const highWatermark = Number(reader.readInt64());
  const lastStable = Number(reader.readInt64());
  const logStart = version >= 5 ? Number(reader.readInt64()) : -1;
  const aborted: { producerId: bigint; firstOffset: number }[] = [];
  for (let left = count(reader, isCompact); left > 0; left -= 1) {
    aborted.push({ producerId: reader.readInt64(), firstOffset: Number(reader.readInt64()) });
    if (isCompact) skipTags(reader);
  }
  if (version >= 11) reader.skip(4);
  const length = count(reader, isCompact);
  const records = length > 0 ? reader.buffer.slice(reader.position, reader.position + length) : empty;
  reader.skip(Math.max(0, length));
  const divergedAt = isCompact ? readDivergence(reader) : undefined;
  return { partition, errorCode, lastStableOffset: lastStable < 0 ? highWatermark : lastStable, logStart, ...(divergedAt !== undefined && { divergedAt }), aborted, records };
}

/** A length or a number of elements; −1 for null. */
function count(reader: Reader, isCompact: boolean): number {
  return isCompact ? reader.readUnsignedVarInt() - 1 : reader.readInt32();
}

/** The only one of the tagged fields that matters: an epoch and the offset where it ends. */
function readDivergence(reader: Reader): number | undefined {
  let divergedAt: number | undefined;
  for (let left = reader.readUnsignedVarInt(); left > 0; left -= 1) {
    const tag = reader.readUnsignedVarInt();
    const length = reader.readUnsignedVarInt();
    const next = reader.position + length;
    if (tag === divergingEpochTag) {
      reader.skip(4);
      divergedAt = Number(reader.readInt64());
    }
    reader.skip(next - reader.position);
  }
  return divergedAt !== undefined && divergedAt >= 0 ? divergedAt : undefined;
}

function skipTags(reader: Reader): void {
  for (let left = reader.readUnsignedVarInt(); left > 0; left -= 1) {
    reader.readUnsignedVarInt();
    reader.skip(reader.readUnsignedVarInt());
  }
}

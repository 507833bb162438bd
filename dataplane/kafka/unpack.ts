import { compressionsAlgorithmsByBitmask } from '@platformatic/kafka';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';

/** Most that one compressed batch may unpack to. */
export const mostUnpackedBytes = 256 * 1024 * 1024;

const gzip = 1;
const zstd = 4;

/** The records of a compressed batch, by the codec of its attributes. Throws where the codec is unknown, the data is broken, or unpacks to more than is taken. */
export function unpack(codec: number, packed: Buffer): Buffer {
  if (codec === gzip) return gunzipSync(packed, { maxOutputLength: mostUnpackedBytes });
  if (codec === zstd) return zstdDecompressSync(packed, { maxOutputLength: mostUnpackedBytes });
  const found = Object.entries(compressionsAlgorithmsByBitmask).find(([bits]) => Number(bits) === codec)?.[1];
  if (!found || codec === 0) throw new Error(`codec ${codec} is not known`);
  const unpacked = found.decompressSync(packed);
  if (unpacked.length > mostUnpackedBytes) throw new Error(`it unpacks to ${unpacked.length} bytes`);
  return unpacked;
}

import { crc32c, Writer } from '@platformatic/kafka';

/** CRC-32C, as record batches have it. In the client's own kind of buffer: of any other it makes a copy first, which takes longer than the sum. */
export function checksum(bytes: Buffer): number {
  return crc32c(Writer.create().append(bytes).dynamicBuffer);
}

/** The partition of a keyed record, as the Java client's default partitioner chooses it. */
export function partitionOfKey(key: Buffer, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

const multiplier = 0x5bd1e995;

/** The hash of Kafka's `Utils.murmur2`, as a signed 32-bit integer. */
export function murmur2(data: Buffer): number {
  const { length } = data;
  const whole = length & ~3;
  let hash = 0x9747b28c ^ length;
  for (let at = 0; at < whole; at += 4) {
    const word = Math.imul(data.readInt32LE(at), multiplier);
    hash = Math.imul(hash, multiplier) ^ Math.imul(word ^ (word >>> 24), multiplier);
  }
  if (length > whole) {
    for (let at = length - 1; at >= whole; at -= 1) hash ^= data.readUInt8(at) << ((at - whole) * 8);
    hash = Math.imul(hash, multiplier);
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}

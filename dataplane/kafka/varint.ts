/** Bytes of a whole number from 0 up as an unsigned varint. */
export function varintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}

/** Writes it at a position, and returns the position after it. */
export function writeVarint(target: Uint8Array, value: number, at: number): number {
  let rest = value;
  let position = at;
  while (rest >= 0x80) {
    target[position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[position++] = rest;
  return position;
}

/** A length (from 0 up, under 2³⁰) as Kafka's records have it: signed (zigzag). For null, write 1. */
export function zigzag(length: number): number {
  return length * 2;
}

/** The signed varint of −1, which stands for null. */
export const nullLength = 1;

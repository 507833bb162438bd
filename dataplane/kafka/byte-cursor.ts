/** Reads the numbers that Kafka's records are made of, one after the other. Reading past the end throws a RangeError. */
export class ByteCursor {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  /** A signed varint (zigzag), up to 2⁵³. */
  varint(): number {
    let byte = this.#byte();
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    let value = byte & 0x7f;
    for (let factor = 0x80; byte >= 0x80; factor *= 0x80) {
      byte = this.#byte();
      value += (byte & 0x7f) * factor;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Bytes with their length before them; null where that is negative. */
  bytesOrNull(): Buffer | null {
    const length = this.varint();
    return length < 0 ? null : this.#take(length);
  }

  skipBytes(): void {
    const length = this.varint();
    if (length > 0) this.#take(length);
  }

  #take(length: number): Buffer {
    const end = this.at + length;
    if (end > this.bytes.length) throw new RangeError(`${length} bytes wanted, ${this.bytes.length - this.at} left`);
    const taken = this.bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  #byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw new RangeError('a byte wanted, none left');
    this.at += 1;
    return byte;
  }
}

import { KnownTexts } from './known-texts.ts';

const knownTexts = new KnownTexts();

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

  /** The same as a text of a character a byte (latin1); empty where there are none. */
  text(): string {
    return this.textOrNull() ?? '';
  }

  /** The same, null where the length is negative. */
  textOrNull(): string | null {
    const length = this.varint();
    return length < 0 ? null : knownTexts.text(this.bytes, this.#skip(length), this.at);
  }

  skipBytes(): void {
    const length = this.varint();
    if (length > 0) this.#skip(length);
  }

  #take(length: number): Buffer {
    return this.bytes.subarray(this.#skip(length), this.at);
  }

  /** Where the bytes that are passed over begin. */
  #skip(length: number): number {
    const start = this.at;
    const end = start + length;
    if (end > this.bytes.length) throw new RangeError(`${length} bytes wanted, ${this.bytes.length - start} left`);
    this.at = end;
    return start;
  }

  #byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw new RangeError('a byte wanted, none left');
    this.at += 1;
    return byte;
  }
}

import { MalformedAnswer } from './answer-head.ts';

const carriageReturn = 0x0d;
const lineFeed = 0x0a;
/** Of the line before a chunk, extensions included, and of all trailers together. */
const maxLineBytes = 32 * 1024;

/** A body in chunks (RFC 9112 §7.1). Extensions and trailers are read over. */
export class ChunkedBody {
  readonly #onData: (bytes: Buffer) => void;
  #expects: 'size' | 'data' | 'end of data' | 'trailer' | 'nothing' = 'size';
  #line = '';
  #lineBytes = 0;
  #missing = 0;

  constructor(onData: (bytes: Buffer) => void) {
    this.#onData = onData;
  }

  get isComplete(): boolean {
    return this.#expects === 'nothing';
  }

  /** Hands back where it stopped reading: the end of the bytes, or of the body. Throws MalformedAnswer. */
  read(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length && !this.isComplete) at = this.#expects === 'data' ? this.#readData(bytes, at) : this.#readLine(bytes, at);
    return at;
  }

  #readData(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#missing);
    this.#missing -= end - at;
    this.#onData(bytes.subarray(at, end));
    if (this.#missing === 0) this.#expects = 'end of data';
    return end;
  }

  #readLine(bytes: Buffer, at: number): number {
    const found = bytes.indexOf(lineFeed, at);
    const end = found < 0 ? bytes.length : found + 1;
    this.#lineBytes += end - at;
    if (this.#lineBytes > maxLineBytes) throw new MalformedAnswer(`lines between chunks of more than ${maxLineBytes} bytes`);
    this.#line += bytes.toString('latin1', at, end);
    if (found < 0) return end;
    const line = this.#line;
    this.#line = '';
    if (line.charCodeAt(line.length - 2) !== carriageReturn) throw new MalformedAnswer(`invalid end of a line between chunks: ${JSON.stringify(line.slice(0, 80))}`);
    this.#take(line.slice(0, -2));
    return end;
  }

  #take(line: string): void {
    if (this.#expects === 'trailer') {
      if (line === '') this.#expects = 'nothing';
      return;
    }
    this.#lineBytes = 0;
    if (this.#expects === 'end of data') {
      if (line !== '') throw new MalformedAnswer(`a chunk is longer than its size: ${JSON.stringify(line.slice(0, 80))}`);
      this.#expects = 'size';
      return;
    }
    const digits = /^([0-9A-Fa-f]{1,12})[\t ]*(?:;.*)?$/.exec(line)?.[1];
    if (digits === undefined) throw new MalformedAnswer(`invalid size of a chunk: ${JSON.stringify(line.slice(0, 80))}`);
    this.#missing = Number.parseInt(digits, 16);
    this.#expects = this.#missing === 0 ? 'trailer' : 'data';
  }
}

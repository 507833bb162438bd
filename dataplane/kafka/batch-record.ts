import { ByteCursor } from './byte-cursor.ts';

export interface FetchedRecord {
  readonly offset: number;
  /** When it was written, in ms since 1970. */
  readonly timestamp: number;
  /** A character a byte (latin1). */
  readonly key: string | null;
  readonly value: Buffer | null;
  /** Name, value, name, value… A character a byte (latin1). */
  readonly headers: readonly string[];
  /** Bytes it is counted with, the objects around it included. */
  readonly size: number;
}

/** What a record costs beside its bytes. */
const recordOverhead = 160;

/** A record of a batch that has been read: where it lies. What it holds is taken out when it is asked for, for most of its time it waits. */
export class BatchRecord implements FetchedRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly size: number;
  readonly #bytes: Buffer;
  readonly #start: number;
  /** Undefined until it is asked for. */
  #key: string | null | undefined;

  /** `start`: where its key begins. */
  constructor(bytes: Buffer, { start, end, offset, timestamp }: { start: number; end: number; offset: number; timestamp: number }) {
    this.#bytes = bytes;
    this.#start = start;
    this.offset = offset;
    this.timestamp = timestamp;
    this.size = end - start + recordOverhead;
  }

  get key(): string | null {
    return (this.#key ??= new ByteCursor(this.#bytes, this.#start).textOrNull());
  }

  get value(): Buffer | null {
    const cursor = new ByteCursor(this.#bytes, this.#start);
    cursor.skipBytes();
    return cursor.bytesOrNull();
  }

  get headers(): readonly string[] {
    const cursor = new ByteCursor(this.#bytes, this.#start);
    cursor.skipBytes();
    cursor.skipBytes();
    const headers: string[] = [];
    for (let left = cursor.varint(); left > 0; left -= 1) headers.push(cursor.text(), cursor.text());
    return headers;
  }
}

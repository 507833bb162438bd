import type { AnswerHead } from './answer-head.ts';
import { MalformedAnswer, parseAnswerHead } from './answer-head.ts';
import { ChunkedBody } from './chunked-body.ts';

/** Is told of an answer as it is read. */
export interface AnswerListener {
  /** The final head, or one of those before it with a status under 200. */
  onHead(head: AnswerHead): void;
  /** Bytes of the body; they are another's when the call is over. */
  onData(bytes: Buffer): void;
}

/** `surplus`: the answer is complete, and more came than belongs to it. */
export type Progress = 'partial' | 'complete' | 'surplus';

const headEnd = '\r\n\r\n';
const firstBytes = 'HTTP/1.';
const maxHeadBytes = 32 * 1024;

/** Reads the answers of one connection, one after the other. */
export class AnswerReader {
  readonly #listener: AnswerListener;
  /** Of a head that is not whole yet. */
  #text = '';
  #lastText = '';
  #lastHead: AnswerHead | undefined;
  /** Of the final head; undefined while none was read. */
  #head: AnswerHead | undefined;
  /** Bytes of the body that are still to come, where its length is known. */
  #missing = 0;
  #chunked: ChunkedBody | undefined;

  constructor(listener: AnswerListener) {
    this.#listener = listener;
  }

  /** Whether anything of the present answer has been read. */
  get hasBegun(): boolean {
    return this.#head !== undefined || this.#text !== '';
  }

  /** Throws MalformedAnswer; nothing can be read after that. */
  read(bytes: Buffer): Progress {
    let at = 0;
    while (!this.#head) {
      const next = this.#readHead(bytes, at);
      if (next === undefined) return 'partial';
      at = next;
    }
    at = this.#readBody(this.#head, bytes, at);
    if (!this.#isComplete(this.#head)) return 'partial';
    this.#head = undefined;
    return at < bytes.length ? 'surplus' : 'complete';
  }

  /** The other side has closed the connection: says whether that completes the answer. */
  end(): boolean {
    return this.#head?.framing === 'close';
  }

  /** Hands back where the head ended. */
  #readHead(bytes: Buffer, at: number): number | undefined {
    const before = this.#text.length;
    const text = this.#text + bytes.toString('latin1', at);
    const end = text.indexOf(headEnd, Math.max(0, before - headEnd.length));
    if (end < 0 || end > maxHeadBytes) {
      if (!text.startsWith(firstBytes.slice(0, text.length))) throw new MalformedAnswer(`invalid first line: ${JSON.stringify(text.slice(0, 80))}`);
      if (text.length > maxHeadBytes) throw new MalformedAnswer(`headers of more than ${maxHeadBytes} bytes`);
      this.#text = text;
      return undefined;
    }
    this.#text = '';
    const head = this.#parsed(text.slice(0, end));
    this.#listener.onHead(head);
    if (head.status >= 200 || head.status === 101) this.#begin(head);
    return at + end + headEnd.length - before;
  }

  /** Subscribers say the same again and again, but for the second of the day. */
  #parsed(text: string): AnswerHead {
    if (this.#lastHead && text === this.#lastText) return this.#lastHead;
    this.#lastHead = parseAnswerHead(text);
    this.#lastText = text;
    return this.#lastHead;
  }

  #begin(head: AnswerHead): void {
    this.#head = head;
    this.#missing = head.length;
    this.#chunked = head.framing === 'chunked' ? new ChunkedBody((bytes) => this.#listener.onData(bytes)) : undefined;
  }

  #readBody(head: AnswerHead, bytes: Buffer, at: number): number {
    if (at === bytes.length) return at;
    if (this.#chunked) return this.#chunked.read(bytes, at);
    const end = head.framing === 'close' ? bytes.length : Math.min(bytes.length, at + this.#missing);
    this.#missing -= end - at;
    if (end > at) this.#listener.onData(bytes.subarray(at, end));
    return end;
  }

  #isComplete({ framing }: AnswerHead): boolean {
    if (framing === 'close') return false;
    return this.#chunked ? this.#chunked.isComplete : this.#missing === 0;
  }
}

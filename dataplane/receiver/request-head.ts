import { Refusal } from './refusal.ts';

/** What the header lines of a request say of where it goes and how its body comes. */
export interface RequestHead {
  readonly host: string;
  /** Declared by Content-Length; 0 where it is not. */
  readonly length: number;
  readonly expectsContinue: boolean;
}

/** Reads raw header lines in one pass: Node's own object of headers costs more than all of it, and of two lines that differ shows one. Throws Refusal where they alone say that the request cannot be taken. */
export function requestHead(rawHeaders: readonly string[], maxBytes: number): RequestHead {
  const head: { host: string | undefined; length: number; expectsContinue: boolean } = { host: undefined, length: 0, expectsContinue: false };
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (lengthsOfInterest.has(name.length)) readLine(head, name.toLowerCase(), rawHeaders[i + 1] ?? '');
  }
  const { host, length, expectsContinue } = head;
  if (host === undefined) throw wrongHost();
  if (length > maxBytes) throw tooLarge(maxBytes);
  return { host, length, expectsContinue };
}

function readLine(head: { host: string | undefined; length: number; expectsContinue: boolean }, name: string, value: string): void {
  if (name === 'host') {
    if (head.host !== undefined) throw wrongHost();
    head.host = value;
  } else if (name === 'content-length') head.length = Number(value);
  else if (name === 'expect') head.expectsContinue = true;
  else if (name === 'transfer-encoding' && value.toLowerCase() !== 'chunked') throw new Refusal('transfer_encoding', 'Transfer-Encoding: only chunked is taken');
  else if (name === 'content-encoding' && value.toLowerCase() !== 'identity') throw new Refusal('encoding', 'Content-Encoding: send the event as it is');
}

/** Most headers are told apart by their length alone. */
const lengthsOfInterest = new Set(['host', 'expect', 'content-length', 'content-encoding', 'transfer-encoding'].map(({ length }) => length));

function wrongHost(): Refusal {
  return new Refusal('bad_request', 'exactly one Host header is needed');
}

export function tooLarge(maxBytes: number): Refusal {
  return new Refusal('too_large', `the event is larger than ${maxBytes} bytes`);
}

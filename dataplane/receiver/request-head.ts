import { bytesOfHead } from './event-size.ts';
import { Refusal } from './refusal.ts';

/** What the header lines of a request say of where it goes and how its body comes. */
export interface RequestHead {
  readonly host: string;
  /** Declared by Content-Length; 0 where it is not. */
  readonly length: number;
  readonly isChunked: boolean;
  readonly expectsContinue: boolean;
  /** The body holds many events. */
  readonly isBatch: boolean;
  /** What its lines take while it is held. */
  readonly bytes: number;
}

type Draft = { -readonly [name in keyof RequestHead]: name extends 'host' ? string | undefined : RequestHead[name] };

/** Reads raw header lines in one pass: Node's own object of headers costs more than all of it, and of two lines that differ shows one. Throws Refusal where they alone say that the request cannot be taken. */
export function requestHead(rawHeaders: readonly string[], maxBytes: number): RequestHead {
  const head: Draft = { host: undefined, length: 0, isChunked: false, expectsContinue: false, isBatch: false, bytes: 0 };
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    const value = rawHeaders[i + 1] ?? '';
    head.bytes += name.length + value.length;
    if (lengthsOfInterest.has(name.length)) readLine(head, name.toLowerCase(), value);
  }
  head.bytes = bytesOfHead(head.bytes, rawHeaders.length / 2);
  if (head.host === undefined) throw wrongHost();
  if (head.length > maxBytes) throw tooLarge(maxBytes);
  return head as RequestHead;
}

function readLine(head: Draft, name: string, value: string): void {
  if (name === 'host') {
    if (head.host !== undefined) throw wrongHost();
    head.host = value;
  } else if (name === 'content-length') head.length = Number(value);
  else if (name === 'content-type') head.isBatch = batch.test(value);
  else if (name === 'expect') {
    if (!continueExpected.test(value)) throw new Refusal('expectation', 'Expect: only 100-continue is met');
    head.expectsContinue = true;
  } else if (name === 'transfer-encoding') {
    if (value.toLowerCase() !== 'chunked') throw new Refusal('transfer_encoding', 'Transfer-Encoding: only chunked is taken');
    head.isChunked = true;
  } else if (name === 'content-encoding' && value.toLowerCase() !== 'identity') throw new Refusal('encoding', 'Content-Encoding: send the event as it is');
}

const continueExpected = /(?:^|\W)100-continue(?:$|\W)/i;
const batch = /^\s*application\/cloudevents-batch\b/i;

/** Most headers are told apart by their length alone. */
const lengthsOfInterest = new Set(['host', 'expect', 'content-type', 'content-length', 'content-encoding', 'transfer-encoding'].map(({ length }) => length));

function wrongHost(): Refusal {
  return new Refusal('bad_request', 'exactly one Host header is needed');
}

export function tooLarge(maxBytes: number): Refusal {
  return new Refusal('too_large', `the event is larger than ${maxBytes} bytes`);
}

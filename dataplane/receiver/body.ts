import type { IncomingMessage, ServerResponse } from 'node:http';

import type { ByteBudget } from './byte-budget.ts';
import { bytesBeside, bytesOfBatchedEvent } from './event-size.ts';
import { Refusal } from './refusal.ts';
import { tooLarge } from './request-head.ts';

/** Chunks are joined up to this size: each costs hundreds of bytes of its own, be it of one byte. */
const joinedBytes = 8192;

/** Most of a body that Node reads before anybody asks for it: what a stream holds, and one read more. */
const readAheadBytes = 2 * 65_536;

/** The bytes of one request, paid for while they are held. */
export class HeldBody {
  /** Most bytes that it may have. */
  maxBytes: number;
  readonly #budget: ByteBudget;
  #chunks: Buffer[] = [];
  #length = 0;
  #paid = 0;
  /** Paid for, and not come yet. */
  #ahead = 0;

  constructor(budget: ByteBudget, maxBytes: number) {
    this.#budget = budget;
    this.maxBytes = maxBytes;
  }

  get length(): number {
    return this.#length;
  }

  /** Pays for the head. Throws Refusal where there is no room for it, or not for a body of the declared length, which is paid as it comes: who only announces takes nothing from others. */
  open(headBytes: number, declaredBytes: number): void {
    this.#pay(bytesBeside + headBytes);
    if (!this.#budget.has(declaredBytes)) throw overloaded();
  }

  /** Pays for what Node reads of a body of that length while nobody asks for it. Throws Refusal where there is no room for it. */
  payAhead(length: number): void {
    const bytes = Math.min(length, readAheadBytes, this.maxBytes);
    this.#pay(bytes);
    this.#ahead = bytes;
  }

  /** Throws Refusal where the body is too large, or too much is held already. */
  add(chunk: Buffer): void {
    this.#length += chunk.length;
    if (this.#length > this.maxBytes) throw tooLarge(this.maxBytes);
    this.#pay(Math.max(0, chunk.length - this.#ahead));
    this.#ahead = Math.max(0, this.#ahead - chunk.length);
    this.#hold(chunk);
  }

  /** Pays for one more event of a batch. Throws Refusal where there is no room for it. */
  addEvent(): void {
    if (!this.#budget.couldHold(this.#paid + bytesOfBatchedEvent)) throw new Refusal('too_large', 'the batch has too many events');
    this.#pay(bytesOfBatchedEvent);
  }

  /** All of it. */
  whole(): Buffer {
    const [first] = this.#chunks;
    if (first && this.#chunks.length === 1) return first;
    const all = Buffer.concat(this.#chunks, this.#length);
    this.#chunks = [all];
    return all;
  }

  /** Holds nothing any more, and has given back what it paid. */
  release(): void {
    this.#chunks = [];
    this.#budget.giveBack(this.#paid);
    this.#paid = 0;
  }

  #pay(bytes: number): void {
    if (!this.#budget.take(bytes)) throw overloaded();
    this.#paid += bytes;
  }

  /** Joins it with those before it that are not much longer than it is: few are left, and a byte is copied a few times only. */
  #hold(chunk: Buffer): void {
    let held = chunk;
    for (let last = this.#chunks.at(-1); last && last.length <= 2 * held.length && last.length + held.length <= joinedBytes; last = this.#chunks.at(-1)) {
      held = joined(last, held);
      this.#chunks.pop();
    }
    this.#chunks.push(held);
  }
}

/** In memory of its own: a piece of a pool would hold all of it. */
function joined(first: Buffer, second: Buffer): Buffer {
  const both = Buffer.allocUnsafeSlow(first.length + second.length);
  first.copy(both);
  second.copy(both, first.length);
  return both;
}

function overloaded(): Refusal {
  return new Refusal('overloaded', 'too many events are waiting: try again');
}

const drainBytes = 1_048_576;
const drainMs = 1000;

/** Connections whose request is answered, and not over yet: what they send is not worth another answer. */
export const answeredEarly = new WeakSet<object>();

/** What an answered request still sends is thrown away, so that the sender reads the answer rather than a reset; of a long rest no more is read, and when the sender has had time to read the answer, which may stand behind those of earlier requests, the connection ends. */
export function discardRest(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete || request.destroyed) return;
  const { socket } = request;
  answeredEarly.add(socket);
  let discarded = 0;
  let cut: NodeJS.Timeout | undefined;
  response.once('finish', () => {
    if (!request.complete) cut = setTimeout(() => socket.destroy(), drainMs);
  });
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > drainBytes) request.pause();
  });
  request.once('end', () => {
    clearTimeout(cut);
    answeredEarly.delete(socket);
  });
  request.once('close', () => clearTimeout(cut));
  request.resume();
}

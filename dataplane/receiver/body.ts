import type { IncomingMessage, ServerResponse } from 'node:http';

import type { ByteBudget } from './byte-budget.ts';
import { Refusal } from './refusal.ts';
import { tooLarge } from './request-head.ts';

/** The bytes of one request's body, paid for while they are held. */
export class HeldBody {
  readonly #budget: ByteBudget;
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #length = 0;
  #paid = 0;

  constructor(budget: ByteBudget, maxBytes: number) {
    this.#budget = budget;
    this.#maxBytes = maxBytes;
  }

  /** Makes sure of room for this many bytes. Throws Refusal where there is none. */
  reserve(bytes: number): void {
    if (bytes > this.#maxBytes) throw tooLarge(this.#maxBytes);
    if (bytes <= this.#paid) return;
    if (!this.#budget.take(bytes - this.#paid)) throw new Refusal('overloaded', 'too many events are waiting: try again');
    this.#paid = bytes;
  }

  /** Throws Refusal where the body is too large, or too much is held already. */
  add(chunk: Buffer): void {
    this.#length += chunk.length;
    this.reserve(this.#length);
    this.#chunks.push(chunk);
  }

  /** All of it. */
  whole(): Buffer {
    const [first] = this.#chunks;
    return first && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks, this.#length);
  }

  /** Holds nothing any more, and has given back what it paid. */
  release(): void {
    this.#chunks = [];
    this.#budget.giveBack(this.#paid);
    this.#paid = 0;
  }
}

const drainBytes = 1_048_576;
const drainMs = 1000;

/** What an answered request still sends is thrown away, so that the sender reads the answer rather than a reset; a long rest ends the connection. */
export function discardRest(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete || request.destroyed) return;
  let discarded = 0;
  const cut = setTimeout(() => request.socket.destroy(), drainMs);
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > drainBytes && response.writableFinished) request.socket.destroy();
  });
  request.once('end', () => clearTimeout(cut)).once('close', () => clearTimeout(cut));
  request.resume();
}

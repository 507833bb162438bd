import type { IncomingMessage, ServerResponse } from 'node:http';

import type { ByteBudget } from './byte-budget.ts';
import { Refusal } from './refusal.ts';

/** Bytes of a request that are paid for; given back when it is answered. */
export interface Reservation {
  bytes: number;
}

/** Throws Refusal where headers alone say that the body cannot be taken. */
export function checkBodyHeaders({ headers }: IncomingMessage, maxBytes: number): void {
  const transferEncoding = headers['transfer-encoding'];
  if (transferEncoding !== undefined && transferEncoding.toLowerCase() !== 'chunked') throw new Refusal('transfer_encoding', 'Transfer-Encoding: only chunked is taken');
  const contentEncoding = headers['content-encoding'];
  if (contentEncoding !== undefined && contentEncoding.toLowerCase() !== 'identity') throw new Refusal('encoding', 'Content-Encoding: send the event as it is');
  if (declaredLength(headers) > maxBytes) throw tooLarge(maxBytes);
}

/** The body of a request. Rejects with Refusal where it is too large, where too much is held already, or where the sender has gone. */
export async function readBody(request: IncomingMessage, maxBytes: number, budget: ByteBudget, reservation: Reservation): Promise<Buffer> {
  const refusal = reserve(declaredLength(request.headers), budget, reservation);
  if (refusal) throw refusal;
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const take = (chunk: Buffer): void => {
      length += chunk.length;
      const refusal = length > maxBytes ? tooLarge(maxBytes) : reserve(length - reservation.bytes, budget, reservation);
      if (!refusal) return void chunks.push(chunk);
      request.off('data', take);
      reject(refusal);
    };
    const gone = (): void => {
      if (!request.readableEnded) reject(new Refusal('sender_gone', 'the sender has gone'));
    };
    request.on('data', take).once('end', () => resolve(joined(chunks, length))).once('error', gone).once('close', gone);
  });
}

function joined(chunks: readonly Buffer[], length: number): Buffer {
  const [first] = chunks;
  return first && chunks.length === 1 ? first : Buffer.concat(chunks, length);
}

function declaredLength(headers: IncomingMessage['headers']): number {
  return Number(headers['content-length'] ?? 0);
}

function reserve(bytes: number, budget: ByteBudget, reservation: Reservation): Refusal | undefined {
  if (bytes <= 0) return undefined;
  if (!budget.take(bytes)) return new Refusal('overloaded', 'too many events are waiting: try again');
  reservation.bytes += bytes;
  return undefined;
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal('too_large', `the event is larger than ${maxBytes} bytes`);
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

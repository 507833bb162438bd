import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

import type { Expected } from './arrivals.ts';
import { Arrivals } from './arrivals.ts';

/** What a thread of the sink is given; it says how many requests it holds whenever that changes, and lets them go at any message. */
export interface SinkThread {
  readonly port: number;
  readonly expected: Expected;
  readonly memory: SharedArrayBuffer;
}

const { port, expected, memory } = workerData as SinkThread;
const answer = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
const headEnd = Buffer.from('\r\n\r\n');
const arrivals = new Arrivals(expected, memory);
const held = new Map<Socket, string>();
let released = false;

function arrive(socket: Socket, id: string): void {
  if (!released) {
    held.set(socket, id);
    tellHeld();
    return;
  }
  arrivals.add(id);
  socket.write(answer);
}

function release(): void {
  released = true;
  for (const [socket, id] of held) arrive(socket, id);
  held.clear();
  tellHeld();
}

function tellHeld(): void {
  parentPort?.postMessage(held.size);
}

function serve(socket: Socket): void {
  let pending = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => held.delete(socket) && tellHeld());
  socket.on('data', (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    const end = pending.indexOf(headEnd);
    if (end < 0) return;
    const head = pending.toString('latin1', 0, end);
    const length = end + headEnd.length + Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (pending.length < length) return;
    pending = pending.subarray(length);
    arrive(socket, /\r\nce-id: ([^\r]*)/i.exec(head)?.[1] ?? '');
  });
}

parentPort?.once('message', release);
createServer({ noDelay: true }, serve).listen({ port, host: '127.0.0.1', reusePort: true }, tellHeld);

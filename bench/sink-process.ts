import { createServer as createHttpServer } from 'node:http';
import type { Socket } from 'node:net';
import { createServer } from 'node:net';

import type { ArrivalReport, Order } from './arrivals.ts';
import { Arrivals } from './arrivals.ts';

/** What a sink says of itself on its control port. */
export interface SinkReport extends ArrivalReport {
  /** Requests that wait for the release. */
  readonly held: number;
  /** From the release to the arrival of the last event. */
  readonly elapsedMs: number;
  /** CPU of the sink in that time. */
  readonly cpuMs: number;
}

/**
 * Where events go: `node sink-process.ts PORT CONTROL_PORT ORDER EVENTS_PER_PARTITION`. Holds every request until `POST /release` on the control port, then
 * answers 200 at once and notes what arrived; `GET /` reports. Raw sockets and a scan for two headers, so that it costs a fraction of any sender.
 */
const [port, controlPort, order = 'ordered', eventsPerPartition] = process.argv.slice(2);
const answer = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
const headEnd = Buffer.from('\r\n\r\n');
const arrivals = new Arrivals(order as Order, Number(eventsPerPartition));
const held = new Map<Socket, string>();
let released = false;
let start = { time: 0, cpu: process.cpuUsage() };
let last = { elapsedMs: 0, cpuMs: 0 };

function arrive(socket: Socket, id: string): void {
  if (!released) return void held.set(socket, id);
  arrivals.add(id);
  socket.write(answer);
}

function release(): void {
  released = true;
  start = { time: performance.now(), cpu: process.cpuUsage() };
  for (const [socket, id] of held) arrive(socket, id);
  held.clear();
}

function serve(socket: Socket): void {
  let pending = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => held.delete(socket));
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

let seen = 0;
setInterval(() => {
  const { arrived } = arrivals.report;
  if (arrived === seen) return;
  seen = arrived;
  const { user, system } = process.cpuUsage(start.cpu);
  last = { elapsedMs: performance.now() - start.time, cpuMs: (user + system) / 1000 };
}, 5);

createServer({ noDelay: true }, serve).listen(Number(port), '127.0.0.1');
createHttpServer((request, response) => {
  if (request.method === 'POST') release();
  const report: SinkReport = { ...arrivals.report, ...last, held: held.size };
  response.setHeader('Content-Type', 'application/json').end(JSON.stringify(report));
}).listen(Number(controlPort), '127.0.0.1');

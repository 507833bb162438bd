import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { performance } from 'node:perf_hooks';

/** What to send, and for how long: `connections` sockets, each with one request under way at a time. */
export interface Load {
  readonly port: number;
  /** One whole HTTP request. */
  readonly request: string;
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second of each connection; without it the next follows the answer. */
  readonly rate?: number;
}

export interface LoadResult extends Latencies {
  readonly answers: number;
  /** Answers by status; `reset` counts connections that broke. */
  readonly byStatus: Readonly<Record<string, number>>;
  readonly eventsPerSecond: number;
  /** What was answered in the first second after the first request. */
  readonly firstSecond: Latencies & { readonly answers: number };
  /** CPU of the sender, as a share of one core: at 1 it would be the bottleneck. */
  readonly busy: number;
}

export interface Latencies {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export function latencies(ms: readonly number[]): Latencies {
  const sorted = Float64Array.from(ms).sort();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

interface Tally {
  readonly all: number[];
  readonly inFirstSecond: number[];
  readonly byStatus: Record<string, number>;
}

export const warmUpRequests = 300;

/** A few requests to a server of its own that parses nothing: what is sent seldom would be sent by code that has never run, and the server be charged with it. */
export async function warmUp(load: Load): Promise<void> {
  const server = createServer({ noDelay: true }, (socket) => socket.on('data', () => socket.write('HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n')));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await sendLoad({ ...load, port: (server.address() as AddressInfo).port, connections: 1, seconds: 1, rate: warmUpRequests });
  server.close();
}

/** Raw sockets and a scan for the status line, so that the sender costs a fraction of any server. */
export async function sendLoad(load: Load): Promise<LoadResult> {
  const tally: Tally = { all: [], inFirstSecond: [], byStatus: {} };
  const start = performance.now();
  const cpu = process.cpuUsage();
  await Promise.all(Array.from({ length: load.connections }, () => oneConnection(load, start, tally)));
  const elapsedMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const { all, inFirstSecond, byStatus } = tally;
  return {
    answers: all.length,
    byStatus,
    eventsPerSecond: (all.length * 1000) / elapsedMs,
    ...latencies(all),
    firstSecond: { answers: inFirstSecond.length, ...latencies(inFirstSecond) },
    busy: (user + system) / 1000 / elapsedMs,
  };
}

function oneConnection({ port, request, seconds, rate }: Load, start: number, { all, inFirstSecond, byStatus }: Tally): Promise<void> {
  const bytes = Buffer.from(request, 'latin1');
  const end = start + seconds * 1000;
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let sent = 0;
    let pending = Buffer.alloc(0);
    const send = (): void => {
      sent = performance.now();
      socket.write(bytes);
    };
    const count = (status: string): void => void (byStatus[status] = (byStatus[status] ?? 0) + 1);
    const goOn = (): void => {
      if (performance.now() >= end) socket.end();
      else if (rate === undefined) send();
      else setTimeout(send, Math.max(0, sent + 1000 / rate - performance.now()));
    };
    socket.on('connect', send);
    socket.on('data', (chunk) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      const length = answerLength(pending);
      if (length === undefined || pending.length < length) return;
      count(pending.toString('latin1', 9, 12));
      pending = pending.subarray(length);
      const now = performance.now();
      all.push(now - sent);
      if (now - start < 1000) inFirstSecond.push(now - sent);
      goOn();
    });
    socket.on('error', () => count('reset'));
    socket.on('close', () => resolve());
  });
}

/** Bytes of the first answer, head and body; undefined while its head is not complete. */
function answerLength(bytes: Buffer): number | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const length = /content-length: (\d+)/i.exec(bytes.toString('latin1', 0, headEnd))?.[1];
  return headEnd + 4 + Number(length ?? 0);
}

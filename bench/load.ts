import { connect } from 'node:net';

/** What to send, and for how long: `connections` sockets, each with one request under way at a time. */
export interface Load {
  readonly port: number;
  /** One whole HTTP request. */
  readonly request: string;
  readonly connections: number;
  readonly seconds: number;
}

export interface LoadResult {
  readonly answers: number;
  /** Answers by status; `reset` counts connections that broke. */
  readonly byStatus: Readonly<Record<string, number>>;
  readonly eventsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Sends as fast as answers come. Raw sockets and a scan for the status line, so that the sender costs a fraction of any server. */
export async function sendLoad(load: Load): Promise<LoadResult> {
  const request = Buffer.from(load.request, 'latin1');
  const latencies: number[] = [];
  const byStatus: Record<string, number> = {};
  const start = performance.now();
  const end = start + load.seconds * 1000;
  await Promise.all(Array.from({ length: load.connections }, () => oneConnection(load.port, request, end, latencies, byStatus)));
  const elapsedSeconds = (performance.now() - start) / 1000;
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { answers: sorted.length, byStatus, eventsPerSecond: sorted.length / elapsedSeconds, p50Ms: at(0.5), p99Ms: at(0.99) };
}

function oneConnection(port: number, request: Buffer, end: number, latencies: number[], byStatus: Record<string, number>): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let sent = 0;
    let pending = Buffer.alloc(0);
    const send = (): void => {
      sent = performance.now();
      socket.write(request);
    };
    const count = (status: string): void => void (byStatus[status] = (byStatus[status] ?? 0) + 1);
    socket.on('connect', send);
    socket.on('data', (chunk) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      const length = answerLength(pending);
      if (length === undefined || pending.length < length) return;
      count(pending.toString('latin1', 9, 12));
      pending = pending.subarray(length);
      const now = performance.now();
      latencies.push(now - sent);
      if (now < end) send();
      else socket.end();
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

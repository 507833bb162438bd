import { Pool } from 'undici';

import { eventId } from './arrivals.ts';

/** What undici alone posts, and how many requests it has under way at a time. */
export interface Posting {
  readonly port: number;
  /** Whose events it posts, one of each in turn. */
  readonly partitions: readonly number[];
  readonly eventsPerPartition: number;
  readonly concurrency: number;
  readonly bytes: number;
}

/** The floor of a dispatcher: `node undici-process.ts POSTING_AS_JSON` posts the same bodies by undici's leanest interface, without Kafka, queues, retries or offsets. */
const { port, partitions, eventsPerPartition, concurrency, bytes } = JSON.parse(process.argv[2] ?? '{}') as Posting;
const pool = new Pool(`http://127.0.0.1:${port}`, { connections: concurrency, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
const body = Buffer.alloc(bytes, 'x');
const total = partitions.length * eventsPerPartition;
let next = 0;

function post(): void {
  if (next === total) return;
  const number = next++;
  const headers = [
    'Prefer', 'reply', 'Kn-Namespace', 'bench', 'ce-specversion', '1.0', 'ce-id', eventId(partitions[number % partitions.length] ?? 0, 0, Math.floor(number / partitions.length)),
    'ce-source', '/bench', 'ce-type', 'bench.event', 'Content-Type', 'application/octet-stream',
  ];
  pool.dispatch(
    { path: '/', method: 'POST', headers, body },
    {
      onRequestStart: () => undefined,
      onResponseStart: () => undefined,
      onResponseData: () => undefined,
      onResponseEnd: post,
      onResponseError: (_controller, error) => {
        throw error;
      },
    },
  );
}

for (let i = 0; i < concurrency; i += 1) post();
// What it cost is read from outside, when it is done.
setInterval(() => undefined, 60_000);

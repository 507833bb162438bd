import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import type { ArrivalReport, Expected } from './arrivals.ts';
import { Arrivals } from './arrivals.ts';
import type { SinkThread } from './sink-thread.ts';

/** What a sink says of itself on its control port. */
export interface SinkReport extends ArrivalReport {
  /** Requests that wait for the release. */
  readonly held: number;
  /** From the release to the arrival of the last event. */
  readonly elapsedMs: number;
  /** CPU of the sink in that time. */
  readonly cpuMs: number;
}

/** What a sink is given, as JSON. */
export interface Sink {
  readonly port: number;
  readonly controlPort: number;
  /** That take requests at the port. */
  readonly threads: number;
  readonly expected: Expected;
}

/**
 * Where events go: `node sink-process.ts SINK`. Holds every request until `POST /release` on the control port, then answers 200 at once and notes what arrived; `GET /` reports.
 * Raw sockets and a scan for two headers, so that it costs a fraction of any sender.
 */
const { port, controlPort, threads, expected } = JSON.parse(process.argv[2] ?? '') as Sink;
const memory = Arrivals.memory(expected);
const arrivals = new Arrivals(expected, memory);
const held = new Map<Worker, number>();
let start = { time: 0, cpu: process.cpuUsage() };
let last = { elapsedMs: 0, cpuMs: 0 };

async function startThread(): Promise<Worker> {
  const thread = new Worker(join(import.meta.dirname, 'sink-thread.ts'), { workerData: { port, expected, memory } satisfies SinkThread });
  thread.on('message', (count: number) => held.set(thread, count));
  await once(thread, 'message');
  return thread;
}

const workers = await Promise.all(Array.from({ length: threads }, startThread));

function release(): void {
  start = { time: performance.now(), cpu: process.cpuUsage() };
  for (const worker of workers) worker.postMessage('release');
}

let seen = 0;
setInterval(() => {
  const { arrived } = arrivals.report;
  if (arrived === seen) return;
  seen = arrived;
  const { user, system } = process.cpuUsage(start.cpu);
  last = { elapsedMs: performance.now() - start.time, cpuMs: (user + system) / 1000 };
}, 5);

createServer((request, response) => {
  if (request.method === 'POST') release();
  const report: SinkReport = { ...arrivals.report, ...last, held: [...held.values()].reduce((sum, count) => sum + count, 0) };
  response.setHeader('Content-Type', 'application/json').end(JSON.stringify(report));
}).listen(controlPort, '127.0.0.1');

import { availableParallelism } from 'node:os';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';

import type { Run } from './simulation.ts';
import { simulate } from './simulation.ts';

/** Seeds that follow one another. */
export interface Seeds {
  readonly first: number;
  readonly count: number;
  readonly steps: number;
}

export interface SeedsResult {
  readonly counts: Run['counts'];
  /** The first run with a violation; those behind it were not made. */
  readonly failed?: Run;
}

/** What is worth a thread of its own. */
const leastSeeds = 250;

/** Simulates each seed, on as many threads as there are cores. */
export async function simulateSeeds({ first, count, steps }: Seeds): Promise<SeedsResult> {
  const share = Math.ceil(count / Math.min(availableParallelism(), Math.ceil(count / leastSeeds)));
  const firsts = Array.from({ length: Math.ceil(count / share) }, (_, index) => first + index * share);
  const results = await Promise.all(firsts.map((from) => inThread({ first: from, count: Math.min(share, first + count - from), steps })));
  const failed = results.find((result) => result.failed)?.failed;
  return { counts: results.map(({ counts }) => counts).reduce(added), ...(failed && { failed }) };
}

function inThread(seeds: Seeds): Promise<SeedsResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: seeds });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`a thread with seeds from ${seeds.first} on ended with ${code} and no result`)));
  });
}

async function inTurn({ first, count, steps }: Seeds): Promise<SeedsResult> {
  let counts: Run['counts'] = { events: 0, kills: 0, duplicates: 0 };
  for (let seed = first; seed < first + count; seed += 1) {
    const run = await simulate(seed, steps);
    if (run.violations.length > 0) return { counts, failed: run };
    counts = added(counts, run.counts);
  }
  return { counts };
}

function added(a: Run['counts'], b: Run['counts']): Run['counts'] {
  return { events: a.events + b.events, kills: a.kills + b.kills, duplicates: a.duplicates + b.duplicates };
}

if (!isMainThread && parentPort) parentPort.postMessage(await inTurn(workerData as Seeds));

import cluster from 'node:cluster';
import type { Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { AggregatorRegistry, Registry } from 'prom-client';

import type { Logger } from '../../runtime/log.ts';
import type { MetricsText } from '../../runtime/management.ts';
import { managementListener } from '../../runtime/management.ts';
import { serve } from '../../runtime/serve.ts';
import type { ChannelCount } from './channel-counts.ts';
import { ChannelTotals, registerChannelCounters } from './channel-totals.ts';
import type { ReceiverConfig } from './config.ts';

/** What a worker tells the process that started it, whenever it changes: why it is not ready, null when it is. */
export interface WorkerReadiness {
  readonly kind: 'readiness';
  readonly reason: string | null;
}

/** What a worker has counted since it last told. */
export interface WorkerCounts {
  readonly kind: 'counts';
  readonly counts: readonly ChannelCount[];
}

/** Makes a worker tell what it has counted. */
export interface CountsQuestion {
  readonly kind: 'tell-counts';
}

export interface WorkersOptions {
  readonly config: ReceiverConfig;
  readonly log: Logger;
  readonly stop: AbortSignal;
}

const restartDelayMs = 1000;

/** Starts WORKERS processes that share the port for events; answers on the management port for all of them: ready when all are, metrics added up. Settles when the last has ended after the signal. */
export async function runWorkers({ config, log, stop }: WorkersOptions): Promise<void> {
  const reasons = new Map<number, string | undefined>();
  const start = (): void => {
    const worker = cluster.fork();
    reasons.set(worker.id, 'a worker is starting');
    worker.on('message', (message: Partial<WorkerReadiness>) => {
      if (message.kind === 'readiness') reasons.set(worker.id, message.reason ?? undefined);
    });
    void once(worker, 'exit').then(async ([code]) => {
      reasons.delete(worker.id);
      if (stop.aborted) return;
      log.error({ code: code as number }, 'a worker has ended: starting another one');
      await delay(restartDelayMs, undefined, { signal: stop }).then(start, () => undefined);
    });
  };
  const readiness = {
    get reason(): string | undefined {
      if (stop.aborted) return 'stopping';
      return reasons.size < config.WORKERS ? 'a worker has ended' : [...reasons.values()].find((reason) => reason !== undefined);
    },
  };
  const stopped = new AbortController();
  const metrics = config.METRICS_ENABLED ? metricsOfAll() : undefined;
  const management = await serve(managementListener(readiness, metrics), { port: config.MANAGEMENT_PORT, signal: stopped.signal });
  for (let i = 0; i < config.WORKERS; i += 1) start();
  cluster.once('listening', (_worker, { port }) => log.info({ port, managementPort: management.port, workers: config.WORKERS }, 'receiver started'));
  if (!stop.aborted) await once(stop, 'abort');
  await Promise.all(living().map(ended));
  stopped.abort();
  await management.closed;
}

/** The metrics of all workers, added up. What they have counted of channels comes before their answer to the question for the rest. */
function metricsOfAll(): MetricsText {
  const aggregator = new AggregatorRegistry();
  const ofChannels = new Registry();
  const totals = new ChannelTotals();
  registerChannelCounters(ofChannels, () => totals.shown());
  cluster.on('message', (_worker, message: Partial<WorkerCounts>) => {
    if (message.kind === 'counts') totals.add(message.counts ?? []);
  });
  const metrics = async (): Promise<string> => {
    for (const worker of living()) worker.send({ kind: 'tell-counts' } satisfies CountsQuestion, () => undefined);
    const rest = await aggregator.clusterMetrics();
    return `${await ofChannels.metrics()}${rest}`;
  };
  return { contentType: aggregator.contentType, metrics };
}

function living(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
}

async function ended(worker: Worker): Promise<void> {
  if (worker.isDead()) return;
  const exit = once(worker, 'exit');
  worker.process.kill('SIGTERM');
  await exit;
}

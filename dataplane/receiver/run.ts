import cluster from 'node:cluster';
import type { Registry } from 'prom-client';
import { AggregatorRegistry } from 'prom-client';

import { managementListener } from '../../runtime/management.ts';
import { serve } from '../../runtime/serve.ts';
import type { ChannelCount } from './channel-counts.ts';
import type { ReceiverOptions } from './receiver.ts';
import { startReceiver } from './receiver.ts';
import type { CountsQuestion, WorkerCounts, WorkerReadiness } from './workers.ts';

/** The receiver as the only process, with the management port. Settles when it has ended after the signal. */
export async function runAlone(options: ReceiverOptions): Promise<void> {
  const failed = new AbortController();
  const { port, registry, readiness, closed } = await startReceiver({ ...options, stop: AbortSignal.any([options.stop, failed.signal]) });
  const stopped = new AbortController();
  const management = await serve(managementListener(readiness, registry), { port: options.config.MANAGEMENT_PORT, signal: stopped.signal }).catch(async (error: unknown) => {
    failed.abort();
    await closed;
    throw error;
  });
  options.log.info({ port, managementPort: management.port }, 'receiver started');
  await closed;
  stopped.abort();
  await management.closed;
}

/** Answers when the process that started this one asks for its metrics. */
function shareMetrics(registry: Registry): void {
  AggregatorRegistry.setRegistries(registry);
  // Creating one is what makes this process answer.
  new AggregatorRegistry();
}

const tellEveryMs = 250;

/** The receiver as one of several; the process that started it answers on the management port for all. Settles when it has ended after the signal. */
export async function runAsWorker(options: ReceiverOptions): Promise<void> {
  const sendCounts = (counts: readonly ChannelCount[]): void => void process.send?.({ kind: 'counts', counts } satisfies WorkerCounts);
  const receiver = await startReceiver({ ...options, sendCounts });
  const { registry, readiness, closed } = receiver;
  if (registry) shareMetrics(registry);
  process.on('message', (message: Partial<CountsQuestion>) => {
    if (message.kind === 'tell-counts') receiver.handOverCounts();
  });
  let told: string | null | undefined;
  const tell = (): void => {
    const reason = readiness.reason ?? null;
    if (reason === told) return;
    told = reason;
    process.send?.({ kind: 'readiness', reason } satisfies WorkerReadiness);
  };
  const telling = setInterval(tell, tellEveryMs);
  tell();
  await closed;
  clearInterval(telling);
  receiver.handOverCounts();
  cluster.worker?.disconnect();
}

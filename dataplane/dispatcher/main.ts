import { setTimeout as delay } from 'node:timers/promises';

import { parseKafkaConnection } from '../../contract/kafka-connection.ts';
import { readEnv } from '../../runtime/env.ts';
import { stopSignal } from '../../runtime/lifecycle.ts';
import { createLogger } from '../../runtime/log.ts';
import { serve } from '../../runtime/serve.ts';
import { clientOptions } from '../kafka/client-options.ts';
import { metadataLink } from '../kafka/metadata-link.ts';
import { readSecretFiles } from '../kafka/secret-files.ts';
import { troubleLog } from '../kafka/trouble-log.ts';
import { dispatcherConfigSchema } from './config.ts';
import { Dispatcher } from './dispatcher.ts';
import { FetchBudget } from './fetch-budget.ts';
import { watchFile } from './file-watch.ts';
import { createHttpClient } from './http-client.ts';
import { managementListener } from './management.ts';
import { dispatcherMetrics } from './metrics.ts';
import { startSubscription } from './subscription.ts';

const config = readEnv(process.env, dispatcherConfigSchema);
const log = createLogger('dispatcher', config.LOG_LEVEL);
const stop = stopSignal(process);

const connection = parseKafkaConnection(await readSecretFiles(config.KAFKA_SECRET_DIR));
const client = createHttpClient();
const budget = new FetchBudget(config.FETCH_BUDGET_BYTES);
const metrics = dispatcherMetrics();
const dispatcher = new Dispatcher({
  log,
  start: (spec, { channel, topic }) => startSubscription({ spec, channel, topic, connection, client, budget, metrics, log, drainMs: config.SHUTDOWN_TIMEOUT_MS }),
});

let kafkaAnswered = false;
const stopped = new AbortController();
const { port, closed } = await serve(managementListener({ registry: metrics.registry, isReady: () => dispatcher.hasFile && kafkaAnswered }), { port: config.MANAGEMENT_PORT, signal: stopped.signal });
log.info({ managementPort: port, file: config.DISPATCHER_FILE }, 'dispatcher started');

const watching = watchFile({
  file: config.DISPATCHER_FILE,
  signal: stop,
  changed: (text) => dispatcher.follow(text),
  unreadable: (error) => log.error(`dispatcher file: ${error.message}: ${dispatcher.hasFile ? 'keeping the last good one' : 'waiting for it'}`),
});
await Promise.all([watching, waitForKafka()]);
log.info('stopping: finishing what is under way');
await dispatcher.stop();
await client.close();
stopped.abort();
await closed;
log.info('dispatcher stopped');

/** Until a broker has answered once, or the process is told to stop. */
async function waitForKafka(): Promise<void> {
  const trouble = troubleLog(log, 'Kafka');
  const link = metadataLink(clientOptions(connection, 'kafkachannel-dispatcher'));
  while (!kafkaAnswered && !stop.aborted) {
    try {
      await link.ping();
      kafkaAnswered = true;
      trouble.over();
    } catch (error) {
      trouble.report(error);
      await delay(1000, undefined, { signal: stop }).catch(() => undefined);
    }
  }
  await link.close().catch(() => undefined);
}

import cluster from 'node:cluster';

import { KafkaSecretError, parseKafkaConnection } from '../../contract/kafka-connection.ts';
import { environmentOf } from '../../runtime/env.ts';
import { stopSignal } from '../../runtime/lifecycle.ts';
import { createLogger } from '../../runtime/log.ts';
import { readSecretFiles } from '../kafka/secret-files.ts';
import { receiverConfigSchema } from './config.ts';
import { sizeWarning } from './event-size.ts';

const config = environmentOf(process.env, receiverConfigSchema, 'receiver');
const log = createLogger('receiver', config.LOG_LEVEL);
const stop = stopSignal(process);

try {
  const connection = parseKafkaConnection(await readSecretFiles(config.KAFKA_SECRET_DIR));
  const warning = sizeWarning(config);
  if (cluster.isPrimary && warning !== undefined) log.warn(warning);
  if (cluster.isPrimary && config.WORKERS > 1) {
    // Loaded here, so that a process that only looks after others is small.
    const { runWorkers } = await import('./workers.ts');
    await runWorkers({ config, log, stop });
  } else {
    const { runAlone, runAsWorker } = await import('./run.ts');
    await (cluster.isWorker ? runAsWorker : runAlone)({ config, connection, log, stop });
  }
  if (cluster.isPrimary) log.info('receiver stopped');
} catch (error) {
  log.fatal(`the receiver cannot start: ${error instanceof KafkaSecretError ? 'Kafka Secret: ' : ''}${(error as Error).message}`);
  process.exitCode = 1;
}

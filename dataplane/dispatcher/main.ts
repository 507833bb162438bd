import { KafkaSecretError, parseKafkaConnection } from '../../contract/kafka-connection.ts';
import { environmentOf } from '../../runtime/env.ts';
import { endOnFatalErrors, stopSignal } from '../../runtime/lifecycle.ts';
import { createLogger } from '../../runtime/log.ts';
import { collectInQuietTimes } from '../../runtime/quiet-collection.ts';
import { readSecretFiles } from '../kafka/secret-files.ts';
import { dispatcherConfigSchema } from './config.ts';
import { runDispatcher } from './process.ts';

const config = environmentOf(process.env, dispatcherConfigSchema, 'dispatcher');
const log = createLogger('dispatcher', config.LOG_LEVEL);
const stop = stopSignal(process);
collectInQuietTimes(stop);
endOnFatalErrors(process, (error) => log.fatal({ err: error }, 'a bug ends the dispatcher: nothing is lost, what was under way comes again'));

try {
  const connection = parseKafkaConnection(await readSecretFiles(config.KAFKA_SECRET_DIR));
  await runDispatcher({ config, connection, log, stop });
  log.info('dispatcher stopped');
} catch (error) {
  log.fatal(`the dispatcher cannot start: ${error instanceof KafkaSecretError ? 'Kafka Secret: ' : ''}${(error as Error).message}`);
  process.exitCode = 1;
}

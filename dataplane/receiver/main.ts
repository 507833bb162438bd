import { KafkaSecretError, parseKafkaConnection } from '../../contract/kafka-connection.ts';
import { readEnv } from '../../runtime/env.ts';
import { stopSignal } from '../../runtime/lifecycle.ts';
import { createLogger } from '../../runtime/log.ts';
import { readSecretFiles } from '../kafka/secret-files.ts';
import { receiverConfigSchema } from './config.ts';
import { startReceiver } from './receiver.ts';

const config = readEnv(process.env, receiverConfigSchema);
const log = createLogger('receiver', config.LOG_LEVEL);
const stop = stopSignal(process);

try {
  const connection = parseKafkaConnection(await readSecretFiles(config.KAFKA_SECRET_DIR));
  const { port, managementPort, closed } = await startReceiver({ config, connection, log, stop });
  log.info({ port, managementPort }, 'receiver started');
  await closed;
  log.info('receiver stopped');
} catch (error) {
  log.fatal(`the receiver cannot start: ${error instanceof KafkaSecretError ? 'Kafka Secret: ' : ''}${(error as Error).message}`);
  process.exitCode = 1;
}

import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

import type { KafkaConnection } from '../../contract/kafka-connection.ts';
import { parseKafkaConnection } from '../../contract/kafka-connection.ts';
import type { Logger } from '../../runtime/log.ts';
import { readSecretFiles } from './secret-files.ts';

export interface SecretWatchOptions {
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly intervalMs?: number;
  /** What is in use. */
  readonly connection: KafkaConnection;
  /** The Secret says something else now. */
  readonly changed: (connection: KafkaConnection) => void;
  readonly log: Logger;
}

/** Follows the folder of a mounted Kafka Secret until the signal; kubelet needs up to a minute to bring a change. One that cannot be read or used changes nothing, and is told of once for each reason. */
export async function watchSecret({ folder, signal, intervalMs = 2000, connection, changed, log }: SecretWatchOptions): Promise<void> {
  let inUse = connection;
  let said = '';
  while (!signal.aborted) {
    await delay(intervalMs, undefined, { signal }).catch(() => undefined);
    try {
      const found = parseKafkaConnection(await readSecretFiles(folder));
      said = '';
      if (isDeepStrictEqual(found, inUse)) continue;
      inUse = found;
      log.info('the Kafka Secret has changed: connecting to Kafka anew');
      changed(found);
    } catch (error) {
      const { message } = error as Error;
      if (message !== said) log.error(`Kafka Secret: ${message}: keeping the connection that there is`);
      said = message;
    }
  }
}

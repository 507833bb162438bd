import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

import type { KafkaConnection } from '../../contract/kafka-connection.ts';
import { parseKafkaConnection } from '../../contract/kafka-connection.ts';
import { readSecretFiles } from './secret-files.ts';

export interface SecretWatchOptions {
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly intervalMs?: number;
  /** What is in use. */
  readonly connection: KafkaConnection;
  /** The Secret says something else now. */
  readonly changed: (connection: KafkaConnection) => void;
  /** It cannot be read or used; called once for each reason. What is in use stays in use. */
  readonly unusable: (error: Error) => void;
}

/** Follows the folder of a mounted Kafka Secret until the signal; kubelet needs up to a minute to bring a change. */
export async function watchSecret({ folder, signal, intervalMs = 2000, connection, changed, unusable }: SecretWatchOptions): Promise<void> {
  let inUse = connection;
  let said = '';
  while (!signal.aborted) {
    await delay(intervalMs, undefined, { signal }).catch(() => undefined);
    try {
      const found = parseKafkaConnection(await readSecretFiles(folder));
      said = '';
      if (isDeepStrictEqual(found, inUse)) continue;
      inUse = found;
      changed(found);
    } catch (error) {
      const { message } = error as Error;
      if (message !== said) unusable(error as Error);
      said = message;
    }
  }
}

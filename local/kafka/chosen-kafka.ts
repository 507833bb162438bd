import { join } from 'node:path';

import { parseKafkaConnection } from '../../contract/kafka-connection.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { KafkaError } from '../../hooks/kafka/kafka-error.ts';
import { KafkaClients } from '../../hooks/kafka/kafka-clients.ts';
import { createLogger } from '../../runtime/log.ts';
import { kafkaSecretNames, kafkaSecretsOf, plainKafkaSecret, systemNamespaceOf } from '../cluster-objects.ts';
import { unlessInterrupted } from '../ending.ts';
import { freePorts } from '../free-port.ts';
import { isFree } from '../ports/probe.ts';
import { StartError } from '../start-error.ts';
import type { EmbeddedKafka } from './embedded-kafka.ts';
import { startKafka } from './embedded-kafka.ts';

/** The Kafka that this run uses. */
export interface ChosenKafka {
  readonly bootstrap: string;
  /** What the state of earlier runs is kept under. */
  readonly identity: string;
  readonly secrets: readonly KubernetesObject[];
  /** Undefined where it is not ours to start and stop. */
  readonly embedded: EmbeddedKafka | undefined;
}

export type KafkaChoice = { readonly kind: 'embedded' } | { readonly kind: 'named'; readonly bootstrap: string } | { readonly kind: 'secrets' };

/** `--kafka` goes before the manifests' Secrets, and they before an embedded one. */
export function chooseKafka(flag: string | undefined, objects: readonly KubernetesObject[]): KafkaChoice {
  if (flag !== undefined) return { kind: 'named', bootstrap: flag };
  return kafkaSecretsOf(objects).length > 0 ? { kind: 'secrets' } : { kind: 'embedded' };
}

/** The Secrets that the hooks read, and an embedded Kafka started where that is the choice. Throws StartError. */
export async function openKafka(choice: KafkaChoice, objects: readonly KubernetesObject[], folder: string, onProgress: (text: string) => void, signal: AbortSignal): Promise<ChosenKafka> {
  const namespace = systemNamespaceOf(objects);
  const plain = (bootstrap: string): KubernetesObject[] => kafkaSecretNames(objects).map((name) => plainKafkaSecret(name, namespace, bootstrap));
  if (choice.kind === 'embedded') {
    const embedded = await startEmbedded(folder, onProgress, signal);
    return { bootstrap: embedded.bootstrap, identity: 'embedded', secrets: plain(embedded.bootstrap), embedded };
  }
  const secrets = choice.kind === 'named' ? plain(choice.bootstrap) : kafkaSecretsOf(objects);
  for (const secret of secrets) await unlessInterrupted(signal, checkReachable(secret, choice.kind === 'named'));
  const bootstrap = choice.kind === 'named' ? choice.bootstrap : secrets.map(bootstrapOf).join(' and ');
  return { bootstrap, identity: bootstrap, secrets, embedded: undefined };
}

const usualPort = 9092;
const jarCache = join(import.meta.dirname, '..', '..', '.knative-kafka');

async function startEmbedded(folder: string, onProgress: (text: string) => void, signal: AbortSignal): Promise<EmbeddedKafka> {
  const [free = 0, controllerPort = 0] = await freePorts(2);
  // The usual port where it is free, for other tools expect Kafka there; nothing depends on it.
  const port = (await isFree(usualPort)) ? usualPort : free;
  return await startKafka({ folder, jarCache, port, controllerPort, onProgress, signal });
}

async function checkReachable(secret: KubernetesObject, named: boolean): Promise<void> {
  const what = named ? `cannot use the Kafka at ${bootstrapOf(secret)}` : `cannot use the Kafka of Secret ${secret.metadata.name}`;
  const remedy = named ? 'start it, or name another one with --kafka HOST:PORT, or leave the flag out for an embedded one' : 'correct the Secret, or name another Kafka with --kafka HOST:PORT';
  const clients = new KafkaClients({ timeoutMs: 4000, logger: createLogger('local', 'silent') });
  try {
    await clients.use(secret, (admin) => admin.topic('knative-kafka-is-anybody-there'));
  } catch (error) {
    // Hooks name keys of the Secret, which may be one that the flag has become.
    const silent = error instanceof KafkaError && error.trouble === 'unreachable';
    throw new StartError(what, silent ? 'nothing that speaks Kafka answers there' : (error as Error).message, remedy, { cause: error });
  } finally {
    await clients.close();
  }
}

function bootstrapOf(secret: KubernetesObject): string {
  const data = Object.entries((secret['data'] ?? {}) as Record<string, string>).map(([key, value]): [string, string] => [key, Buffer.from(value, 'base64').toString('utf8')]);
  try {
    return parseKafkaConnection(new Map(data)).bootstrapBrokers.join(',');
  } catch (error) {
    throw new StartError(`cannot use the Kafka of Secret ${secret.metadata.name}`, (error as Error).message, 'correct the Secret, or name a Kafka with --kafka HOST:PORT', { cause: error });
  }
}

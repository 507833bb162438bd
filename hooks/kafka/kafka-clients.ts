import { setTimeout as delay } from 'node:timers/promises';

import type { Logger } from '../../runtime/log.ts';
import type { Secret } from '../kafka-secret.ts';
import { connectionOf, isFault } from '../kafka-secret.ts';
import { classifyError } from './classify-error.ts';
import type { Kafka, KafkaAdmin } from './kafka-admin.ts';
import { KafkaError } from './kafka-error.ts';
import { PlatformaticAdmin } from './platformatic-admin.ts';

export interface KafkaClientsOptions {
  /** For all that one request does on Kafka. */
  readonly timeoutMs: number;
  readonly logger: Logger;
}

interface Client {
  readonly version: string;
  readonly admin: PlatformaticAdmin;
}

/** One client a Secret, made when it is first used and replaced when the Secret changes or Kafka does not answer. */
export class KafkaClients implements Kafka {
  readonly #options: KafkaClientsOptions;
  readonly #clients = new Map<string, Client>();
  readonly #retiring = new Set<Promise<void>>();
  readonly #stopped = new AbortController();

  constructor(options: KafkaClientsOptions) {
    this.#options = options;
  }

  async use<T>(secret: Secret, work: (admin: KafkaAdmin, signal: AbortSignal) => Promise<T>): Promise<T> {
    const client = this.#clientOf(secret);
    const over = new AbortController();
    const working = work(client.admin, over.signal);
    try {
      return await Promise.race([working, this.#timeout(over)]);
    } catch (error) {
      // Work that the time ran out for may still fail: nobody waits for it any more.
      working.catch(() => undefined);
      if (error instanceof KafkaError && error.trouble === 'unreachable') this.#retire(secret, client);
      throw error;
    } finally {
      over.abort();
    }
  }

  async #timeout(over: AbortController): Promise<never> {
    await delay(this.#options.timeoutMs, undefined, { signal: over.signal });
    over.abort();
    throw classifyError(undefined);
  }

  #clientOf(secret: Secret): Client {
    const { uid, resourceVersion } = secret.metadata;
    const key = keyOf(secret);
    const version = `${uid ?? ''}/${resourceVersion ?? ''}`;
    const known = this.#clients.get(key);
    if (known?.version === version) return known;
    const connection = connectionOf(secret);
    if (isFault(connection)) throw new KafkaError('secret', connection.message);
    if (known) this.#retire(secret, known);
    const client = { version, admin: new PlatformaticAdmin(connection, this.#options.timeoutMs) };
    this.#clients.set(key, client);
    return client;
  }

  /** Closes a client when the requests that use it are over. */
  #retire(secret: Secret, client: Client): void {
    const key = keyOf(secret);
    if (this.#clients.get(key) === client) this.#clients.delete(key);
    const closed = delay(this.#options.timeoutMs, undefined, { signal: this.#stopped.signal, ref: false })
      .catch(() => undefined)
      .then(() => client.admin.close())
      .catch((error: unknown) => this.#options.logger.debug({ code: (error as { code?: unknown }).code }, 'a client of Kafka did not close'))
      .finally(() => this.#retiring.delete(closed));
    this.#retiring.add(closed);
  }

  /** Closes all clients, those in use too. */
  async close(): Promise<void> {
    this.#stopped.abort();
    await Promise.all([...this.#retiring, ...[...this.#clients.values()].map(({ admin }) => admin.close())]);
    this.#clients.clear();
  }
}

function keyOf({ metadata }: Secret): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

import { setTimeout as delay } from 'node:timers/promises';

import type { KafkaConnection } from '../../contract/kafka-connection.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Secret } from '../kafka-secret.ts';
import { connectionOf, isFault } from '../kafka-secret.ts';
import type { AdminCall } from './admin-call.ts';
import { classifyError } from './classify-error.ts';
import type { Kafka, KafkaAdmin } from './kafka-admin.ts';
import { KafkaError } from './kafka-error.ts';
import { PlatformaticAdmin } from './platformatic-admin.ts';
import { Silence } from './silence.ts';

export interface KafkaClientsOptions {
  /** For all that one request does on Kafka. */
  readonly timeoutMs: number;
  readonly logger: Logger;
  /** Told of each call when it is over. */
  readonly called?: (call: AdminCall) => void;
}

/** A Kafka as a version of a Secret describes it. */
interface Described {
  readonly version: string;
  readonly secretName: string;
  readonly connection: KafkaConnection;
  readonly silence: Silence;
  admin: PlatformaticAdmin | undefined;
}

/** One client a Secret, made when it is first used and replaced when the Secret changes or Kafka does not answer. */
export class KafkaClients implements Kafka {
  readonly #options: KafkaClientsOptions;
  readonly #described = new Map<string, Described>();
  readonly #retiring = new Set<Promise<void>>();
  readonly #stopped = new AbortController();

  constructor(options: KafkaClientsOptions) {
    this.#options = options;
  }

  async use<T>(secret: Secret, work: (admin: KafkaAdmin, signal: AbortSignal) => Promise<T>): Promise<T> {
    const kafka = this.#describedBy(secret);
    if (kafka.silence.isLeftAlone()) throw classifyError(undefined);
    const admin = (kafka.admin ??= new PlatformaticAdmin(kafka.connection, this.#options.timeoutMs, (call) => this.#options.called?.(call)));
    const begun = kafka.silence.now();
    try {
      const result = await this.#inTime(admin, work);
      this.#heard(kafka);
      return result;
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      if (error.trouble === 'unreachable') this.#missed(kafka, admin, begun);
      else this.#heard(kafka);
      throw error;
    }
  }

  async #inTime<T>(admin: PlatformaticAdmin, work: (admin: KafkaAdmin, signal: AbortSignal) => Promise<T>): Promise<T> {
    const over = new AbortController();
    const working = work(admin, over.signal);
    try {
      return await Promise.race([working, this.#timeout(over)]);
    } finally {
      // Work that the time ran out for may still fail: nobody waits for it any more.
      working.catch(() => undefined);
      over.abort();
    }
  }

  async #timeout(over: AbortController): Promise<never> {
    await delay(this.#options.timeoutMs, undefined, { signal: over.signal });
    over.abort();
    throw classifyError(undefined);
  }

  #heard({ silence, secretName }: Described): void {
    if (silence.answered()) this.#options.logger.info({ kafkaSecret: secretName }, 'Kafka answers again');
  }

  #missed(kafka: Described, admin: PlatformaticAdmin, begun: number): void {
    if (kafka.silence.unanswered(begun)) this.#options.logger.warn({ kafkaSecret: kafka.secretName }, 'Kafka does not answer');
    if (kafka.admin === admin) this.#retire(kafka);
  }

  #describedBy(secret: Secret): Described {
    const { namespace, name, uid, resourceVersion } = secret.metadata;
    const key = `${namespace ?? ''}/${name}`;
    const version = `${uid ?? ''}/${resourceVersion ?? ''}`;
    const known = this.#described.get(key);
    if (known?.version === version) return known;
    const connection = connectionOf(secret);
    if (isFault(connection)) throw new KafkaError('secret', connection.message);
    if (known) this.#retire(known);
    const kafka: Described = { version, secretName: name, connection, silence: new Silence(), admin: undefined };
    this.#described.set(key, kafka);
    return kafka;
  }

  /** Closes a client when the requests that use it are over; the next request gets a new one. */
  #retire(kafka: Described): void {
    const { admin } = kafka;
    kafka.admin = undefined;
    if (!admin) return;
    const closed = delay(this.#options.timeoutMs, undefined, { signal: this.#stopped.signal, ref: false })
      .catch(() => undefined)
      .then(() => admin.close())
      .catch((error: unknown) => this.#options.logger.debug({ code: (error as { code?: unknown }).code }, 'a client of Kafka did not close'))
      .finally(() => this.#retiring.delete(closed));
    this.#retiring.add(closed);
  }

  /** Closes all clients, those in use too. */
  async close(): Promise<void> {
    this.#stopped.abort();
    for (const kafka of this.#described.values()) this.#retire(kafka);
    this.#described.clear();
    await Promise.all(this.#retiring);
  }
}

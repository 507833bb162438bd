import type { KafkaConnection } from '../../contract/kafka-connection.ts';
import type { Logger } from '../../runtime/log.ts';
import { watchSecret } from '../kafka/secret-watch.ts';
import type { KafkaSession } from './kafka-session.ts';

export interface KafkaSessionsOptions {
  readonly connection: KafkaConnection;
  /** Folder of the mounted Secret that the connection is from. */
  readonly secretFolder: string;
  /** Longest time that what was begun over a session takes. */
  readonly leftoverMs: number;
  readonly open: (connection: KafkaConnection) => KafkaSession;
  readonly log: Logger;
}

/** The session over which events go to Kafka: a new one whenever the Secret says something else. What was begun over the last one ends over it. */
export class KafkaSessions {
  readonly #options: KafkaSessionsOptions;
  readonly #replaced = new Map<KafkaSession, NodeJS.Timeout>();
  #current: KafkaSession;

  constructor(options: KafkaSessionsOptions) {
    this.#options = options;
    this.#current = options.open(options.connection);
  }

  get current(): KafkaSession {
    return this.#current;
  }

  /** Follows the Secret until the signal. */
  async follow(signal: AbortSignal, intervalMs?: number): Promise<void> {
    const { connection, secretFolder: folder, log, open } = this.#options;
    await watchSecret({ folder, signal, connection, log, ...(intervalMs !== undefined && { intervalMs }), changed: (to) => this.#replace(open(to)) });
  }

  /** Gives up what is under way. */
  async close(): Promise<void> {
    for (const timer of this.#replaced.values()) clearTimeout(timer);
    await Promise.all([this.#current, ...this.#replaced.keys()].map((session) => session.close()));
  }

  #replace(next: KafkaSession): void {
    const last = this.#current;
    this.#current = next;
    next.producer.prepare();
    const close = (): void => {
      this.#replaced.delete(last);
      void last.close();
    };
    this.#replaced.set(last, setTimeout(close, this.#options.leftoverMs));
  }
}

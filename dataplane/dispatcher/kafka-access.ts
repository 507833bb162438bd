import type { KafkaConnection } from '../../contract/kafka-connection.ts';
import type { Logger } from '../../runtime/log.ts';
import { followBrokerHosts } from '../kafka/broker-hosts.ts';
import { clientOptions } from '../kafka/client-options.ts';
import { watchSecret } from '../kafka/secret-watch.ts';
import { troubleLog } from '../kafka/trouble-log.ts';
import { KafkaHosts } from './egress/kafka-hosts.ts';

export interface KafkaAccessOptions {
  readonly connection: KafkaConnection;
  /** Folder of the mounted Secret that the connection is from. */
  readonly secretFolder: string;
  readonly log: Logger;
  /** The Secret says something else now: connections made before are out of date. */
  readonly changed: () => void;
}

/** How Kafka is reached now, and whether it is. */
export class KafkaAccess {
  readonly #options: KafkaAccessOptions;
  #connection: KafkaConnection;
  #hosts: KafkaHosts;
  #hasAnswered = false;
  #asking = new AbortController();

  constructor(options: KafkaAccessOptions) {
    this.#options = options;
    this.#connection = options.connection;
    this.#hosts = new KafkaHosts(options.connection.bootstrapBrokers);
  }

  get connection(): KafkaConnection {
    return this.#connection;
  }

  /** Hosts of its brokers, as far as they are known. */
  get hosts(): readonly string[] {
    return this.#hosts.known;
  }

  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** Keeps itself up to date until the signal. */
  async follow(signal: AbortSignal): Promise<void> {
    const { secretFolder: folder, log, changed } = this.#options;
    const asking = [this.#ask()];
    signal.addEventListener('abort', () => this.#asking.abort(), { once: true });
    await watchSecret({
      folder, signal, log, connection: this.#connection,
      changed: (connection) => {
        this.#connection = connection;
        this.#hosts = new KafkaHosts(connection.bootstrapBrokers);
        this.#asking.abort();
        this.#asking = new AbortController();
        asking.push(this.#ask());
        changed();
      },
    });
    this.#asking.abort();
    await Promise.all(asking);
  }

  async #ask(): Promise<void> {
    const hosts = this.#hosts;
    const { signal } = this.#asking;
    const trouble = troubleLog(this.#options.log, 'Kafka');
    await followBrokerHosts({
      client: clientOptions(this.#connection, 'kafkachannel-dispatcher'),
      signal,
      answered: (found) => {
        hosts.brokersAre(found);
        this.#hasAnswered = true;
        trouble.over();
      },
      failed: (error) => {
        if (!signal.aborted) trouble.report(error);
      },
    });
  }
}

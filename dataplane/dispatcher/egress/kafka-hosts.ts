/** The hosts by which Kafka is known: those of its Secret, and those that its brokers name. */
export class KafkaHosts {
  readonly #bootstrap: readonly string[];
  #brokers: readonly string[] = [];

  constructor(bootstrapBrokers: readonly string[]) {
    this.#bootstrap = bootstrapBrokers.map((broker) => broker.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'));
  }

  get known(): readonly string[] {
    return [...new Set([...this.#bootstrap, ...this.#brokers])];
  }

  brokersAre(hosts: readonly string[]): void {
    this.#brokers = hosts;
  }
}

import { lostAfterMs, within } from './within.ts';

/** Asks Kafka for the largest batch (bytes) that a topic takes, `max.message.bytes`: undefined where it does not say, for want of rights or of an answer. Never rejects. */
export type DescribeLimit = (topic: string) => Promise<number | undefined>;

/** A change of the topic's configuration is seen after this time. */
const maxAgeMs = 30_000;
const topicLimit = 10_000;

interface Limit {
  bytes: number | undefined;
  seen: number;
}

/** How large a batch each topic takes: what Kafka says, or what its refusals have shown. */
export class TopicLimits {
  readonly #describe: DescribeLimit;
  readonly #now: () => number;
  readonly #limits = new Map<string, Limit>();
  readonly #asked = new Map<string, Promise<void>>();

  constructor(describe: DescribeLimit, now: () => number = performance.now.bind(performance)) {
    this.#describe = describe;
    this.#now = now;
  }

  /** The limit as far as it is known, without asking; asks in the background where nothing is known, or has been for long. */
  of(topic: string): number | undefined {
    const limit = this.#limits.get(topic);
    if (!limit || this.#now() - limit.seen > maxAgeMs) void this.read(topic);
    return limit?.bytes;
  }

  /** Resolves when Kafka has been asked at least once. */
  async known(topic: string): Promise<void> {
    if (!this.#limits.has(topic)) await this.read(topic);
  }

  /** Kafka refused a batch of this many bytes: until it says otherwise, only smaller ones are worth sending. */
  refused(topic: string, bytes: number): void {
    const limit = this.#limits.get(topic);
    if (limit?.bytes !== undefined && limit.bytes < bytes) return;
    this.#remember(topic, bytes - 1);
  }

  read(topic: string): Promise<void> {
    const asked = this.#asked.get(topic);
    if (asked) return asked;
    const before = this.#limits.get(topic);
    const asking = within(lostAfterMs, 'DescribeConfigs', () => this.#describe(topic)).catch(() => undefined).then((bytes) => {
      const isNews = bytes !== undefined || this.#limits.get(topic) === before;
      if (isNews) this.#remember(topic, bytes);
      this.#asked.delete(topic);
    });
    this.#asked.set(topic, asking);
    return asking;
  }

  #remember(topic: string, bytes: number | undefined): void {
    this.#limits.delete(topic);
    this.#limits.set(topic, { bytes, seen: this.#now() });
    const [longestUnseen] = this.#limits.keys();
    if (this.#limits.size > topicLimit && longestUnseen !== undefined) this.#limits.delete(longestUnseen);
  }
}

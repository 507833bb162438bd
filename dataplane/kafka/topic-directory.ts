import { setTimeout as delay } from 'node:timers/promises';

import type { Broker } from './producer-link.ts';
import type { PartitionLeaders } from './producer.ts';
import { lostAfterMs, within } from './within.ts';

export interface TopicInfo {
  /** Leader of every partition, undefined where there is none at the moment. */
  readonly leaders: readonly (Broker | undefined)[];
}

/** Asks Kafka about a topic: undefined where there is none; rejects where Kafka does not answer. Never creates one. */
export type DescribeTopic = (topic: string) => Promise<TopicInfo | undefined>;

/** Growth of a topic is seen after this time, if nothing else makes us look. */
const knownMaxAgeMs = 30_000;
/** A topic that appears is seen after this time, and Kafka is not asked more often for one that does not. */
const unknownMaxAgeMs = 1000;
const unknownLimit = 10_000;
/** Topics that were not asked for in this time are forgotten where there are more than so many. */
const keptMs = 600_000;
const knownLimit = 10_000;
const secondLookMs = 250;

/** What Kafka has said about topics. */
export class TopicDirectory implements PartitionLeaders {
  readonly #describe: DescribeTopic;
  readonly #now: () => number;
  readonly #known = new Map<string, { info: TopicInfo; seen: number }>();
  readonly #unknown = new Map<string, number>();
  readonly #asked = new Map<string, Promise<TopicInfo | undefined>>();

  constructor(describe: DescribeTopic, now: () => number = performance.now.bind(performance)) {
    this.#describe = describe;
    this.#now = now;
  }

  /** Partitions of a topic that is known, without asking; looks again in the background where that was long ago. */
  knownPartitions(topic: string): number | undefined {
    const known = this.#known.get(topic);
    if (known && this.#now() - known.seen > knownMaxAgeMs) this.refresh(topic);
    return known?.info.leaders.length;
  }

  /** Partitions of a topic, or undefined where there is none. Rejects where Kafka does not answer. */
  async partitions(topic: string): Promise<number | undefined> {
    const partitions = this.knownPartitions(topic);
    if (partitions !== undefined) return partitions;
    const saidUnknown = this.#unknown.get(topic);
    if (saidUnknown !== undefined && this.#now() - saidUnknown < unknownMaxAgeMs) return undefined;
    return (await this.#ask(topic))?.leaders.length;
  }

  leader(topic: string, partition: number): Broker | undefined {
    return this.#known.get(topic)?.info.leaders[partition];
  }

  isUnknown(topic: string): boolean {
    return !this.#known.has(topic) && this.#unknown.has(topic);
  }

  refresh(topic: string): void {
    this.#ask(topic).catch(() => undefined);
  }

  async #ask(topic: string): Promise<TopicInfo | undefined> {
    const asked = this.#asked.get(topic);
    if (asked) return await asked;
    const asking = this.#look(topic).finally(() => this.#asked.delete(topic));
    this.#asked.set(topic, asking);
    return await asking;
  }

  async #look(topic: string): Promise<TopicInfo | undefined> {
    let info = await this.#answer(topic);
    if (!info && !this.#unknown.has(topic)) {
      // A broker may not know yet: one that has just started, or of a topic that another one tells of already. A second answer decides, unless it was the same a moment ago.
      await delay(secondLookMs);
      info = await this.#answer(topic);
    }
    if (info) this.#remember(topic, info);
    else this.#forget(topic);
    return info;
  }

  #answer(topic: string): Promise<TopicInfo | undefined> {
    return within(lostAfterMs, 'Metadata', () => this.#describe(topic));
  }

  #remember(topic: string, info: TopicInfo): void {
    const now = this.#now();
    this.#unknown.delete(topic);
    this.#known.delete(topic);
    this.#known.set(topic, { info, seen: now });
    for (const [longestUnseen, { seen }] of this.#known) {
      if (this.#known.size <= knownLimit || now - seen <= keptMs) break;
      this.#known.delete(longestUnseen);
    }
  }

  #forget(topic: string): void {
    this.#known.delete(topic);
    this.#unknown.delete(topic);
    this.#unknown.set(topic, this.#now());
    for (const oldest of this.#unknown.keys()) {
      if (this.#unknown.size <= unknownLimit) break;
      this.#unknown.delete(oldest);
    }
  }
}

import { setTimeout as delay } from 'node:timers/promises';

import type { Logger } from '../../runtime/log.ts';
import type { ConsumerClientOptions, KafkaConsumer } from './consumer-client.ts';
import { closeConsumerClient, createConsumerClient } from './consumer-client.ts';
import type { FetchedBatch, FetchResponse } from './fetched-records.ts';
import { fetchedBatch } from './fetched-records.ts';
import type { TroubleLog } from './trouble-log.ts';
import { troubleLog } from './trouble-log.ts';

/** A partition that has room for more. */
export interface PartitionFetch {
  readonly partition: number;
  readonly offset: number;
  readonly maxBytes: number;
}

export interface FetchLoopOptions extends ConsumerClientOptions {
  readonly log: Logger;
  /** Asked before every request: a partition that is left out is paused. */
  wanted(): readonly PartitionFetch[];
  fetched(batch: FetchedBatch): void;
  /** The offset is no longer, or not yet, in the log of the partition. */
  outOfRange(fetch: PartitionFetch): void;
  /** The number of partitions that the topic has now; called often. */
  partitionsSeen(count: number): void;
}

export interface FetchLoop {
  /** Something wanted may have changed. */
  wake(): void;
  /** First offset of the log of each partition. */
  logStart(partitions: readonly number[]): Promise<Map<number, number>>;
  close(): Promise<void>;
}

/** Longest time that a broker waits for the first byte: how long a partition that is resumed may wait for a request of its own. */
const maxWaitMs = 500;
const maxResponseBytes = 16 * 1024 * 1024;
const errorPauseMs = { first: 100, most: 2000 } as const;
const offsetOutOfRange = 1;
/** Errors after which the client asks for a new fetch session by itself. */
const sessionErrors: ReadonlySet<number> = new Set([70, 71, 106]);
/** How often the topic is looked at though nothing is wanted: its partitions may have grown, and the group's leader may have none. */
const lookIntervalMs = 5000;
const readCommitted = 1;
const earliest = -2n;

/** One request at a time to each broker that leads a wanted partition, over connections of its own. */
export function startFetchLoop(options: FetchLoopOptions): FetchLoop {
  return new BrokerFetches(options);
}

class BrokerFetches implements FetchLoop {
  readonly #options: FetchLoopOptions;
  readonly #consumer: KafkaConsumer;
  readonly #trouble: TroubleLog;
  readonly #busy = new Set<number>();
  /** Partitions with an error of their own: they wait alone. */
  readonly #resting = new Set<number>();
  readonly #closed = new AbortController();
  readonly #looking: NodeJS.Timeout;
  #planning = false;
  #again = false;
  #errors = 0;

  constructor(options: FetchLoopOptions) {
    this.#options = options;
    this.#consumer = createConsumerClient(options);
    this.#consumer.on('error', () => undefined);
    this.#trouble = troubleLog(options.log, `fetching from topic ${options.topic}`);
    this.#looking = setInterval(() => this.wake(), lookIntervalMs);
  }

  wake(): void {
    this.#again = true;
    if (!this.#planning) void this.#plan();
  }

  async logStart(partitions: readonly number[]): Promise<Map<number, number>> {
    const { topic } = this.#options;
    const offsets = await this.#consumer.listOffsets({ topics: [topic], partitions: { [topic]: [...partitions] }, timestamp: earliest });
    return new Map(partitions.map((partition) => [partition, Number(offsets.get(topic)?.[partition] ?? 0n)]));
  }

  async close(): Promise<void> {
    clearInterval(this.#looking);
    this.#closed.abort();
    await closeConsumerClient(this.#consumer);
  }

  async #plan(): Promise<void> {
    this.#planning = true;
    while (this.#again && !this.#closed.signal.aborted) {
      this.#again = false;
      try {
        await this.#startRequests();
      } catch (error) {
        await this.#pauseAfter(error);
        this.#again = true;
      }
    }
    this.#planning = false;
  }

  async #startRequests(): Promise<void> {
    const { topic } = this.#options;
    const { topics } = await this.#consumer.metadata({ topics: [topic] });
    const found = topics.get(topic);
    if (!found) throw new Error(`topic ${topic} does not exist`);
    this.#options.partitionsSeen(found.partitionsCount);
    const byBroker = new Map<number, PartitionFetch[]>();
    for (const fetch of this.#options.wanted()) {
      const leader = found.partitions[fetch.partition]?.leader ?? -1;
      if (leader < 0) this.#rest(fetch.partition);
      else if (!this.#resting.has(fetch.partition)) byBroker.set(leader, [...(byBroker.get(leader) ?? []), fetch]);
    }
    for (const [broker, fetches] of byBroker) {
      if (!this.#busy.has(broker)) void this.#request(broker, found.id, fetches);
    }
  }

  async #request(broker: number, topicId: string, fetches: readonly PartitionFetch[]): Promise<void> {
    this.#busy.add(broker);
    const partitions = fetches.map(({ partition, offset, maxBytes }) => ({
      partition,
      fetchOffset: BigInt(offset),
      partitionMaxBytes: maxBytes,
      currentLeaderEpoch: -1,
      lastFetchedEpoch: -1,
    }));
    try {
      const response = await this.#consumer.fetch({ node: broker, topics: [{ topicId, partitions }], maxWaitTime: maxWaitMs, minBytes: 1, maxBytes: maxResponseBytes, isolationLevel: readCommitted });
      this.#take(response, fetches);
      this.#errors = 0;
      this.#trouble.over();
    } catch (error) {
      if (!this.#takeParts(error, fetches)) await this.#pauseAfter(error);
    }
    this.#busy.delete(broker);
    this.wake();
  }

  #take(response: FetchResponse, fetches: readonly PartitionFetch[]): void {
    for (const part of response.responses.flatMap(({ partitions }) => partitions)) {
      const fetch = fetches.find(({ partition }) => partition === part.partitionIndex);
      if (!fetch) continue;
      if (part.errorCode === 0) this.#options.fetched(fetchedBatch(part, fetch.offset));
      else this.#rest(fetch.partition);
      if (part.errorCode === offsetOutOfRange) this.#options.outOfRange(fetch);
    }
  }

  /** An error of single partitions comes as an error of the whole, with the response inside. Says whether the next request may follow at once. */
  #takeParts(error: unknown, fetches: readonly PartitionFetch[]): boolean {
    const { response } = error as { response?: FetchResponse };
    if (response && sessionErrors.has(response.errorCode)) return true;
    const isOfParts = response?.errorCode === 0 && response.responses.length > 0;
    if (!isOfParts) return false;
    this.#consumer.clearMetadata();
    if (response.responses.some(({ partitions }) => partitions.some(({ errorCode }) => errorCode > offsetOutOfRange))) this.#trouble.report(error);
    this.#take(response, fetches);
    return true;
  }

  #rest(partition: number): void {
    this.#resting.add(partition);
    const timer = setTimeout(() => {
      this.#resting.delete(partition);
      this.wake();
    }, errorPauseMs.first);
    timer.unref();
  }

  async #pauseAfter(error: unknown): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#trouble.report(error);
    const pause = Math.min(errorPauseMs.first * 2 ** this.#errors, errorPauseMs.most);
    this.#errors += 1;
    await delay(pause, undefined, { signal: this.#closed.signal }).catch(() => undefined);
  }
}

import { setTimeout as delay } from 'node:timers/promises';

import type { ConsumerClientOptions, KafkaConsumer } from './consumer-client.ts';
import { closeConsumerClient, createConsumerClient, rebalanceTimeoutMs, sessionTimeoutMs } from './consumer-client.ts';

export interface GroupListener {
  /**
   * The partitions are about to be given up: called before every join, the first included. The join waits for it, and commits
   * made in it still count for the old generation. Must settle well within the session timeout.
   */
  revoked(): Promise<void>;
  /** `continued`: nobody else can have had a partition that is in both this assignment and the last. */
  assigned(partitions: readonly number[], continued: boolean): void;
  /** The broker has heard of this member again. */
  alive(): void;
}

/** No heartbeat and no generation for this long: the client is taken to be stuck. */
const stuckAfterMs = rebalanceTimeoutMs + sessionTimeoutMs;
const watchIntervalMs = 1000;

/** One client's membership of a group, from the first join until something goes wrong that the client does not mend itself. */
export class GroupSession {
  readonly #options: ConsumerClientOptions;
  readonly #listener: GroupListener;
  readonly #consumer: KafkaConsumer;
  readonly #end = Promise.withResolvers<unknown>();
  readonly #watch: NodeJS.Timeout;
  #heartbeatSent = performance.now();
  #lastSeen = performance.now();
  #generation: { readonly id: number; readonly memberId: string } | undefined;
  #partitionsKnown = 0;

  constructor(options: ConsumerClientOptions, listener: GroupListener) {
    this.#options = options;
    this.#listener = listener;
    this.#consumer = createConsumerClient(options, (_protocols, _topics, { topics }) => {
      this.#partitionsKnown = topics.get(options.topic)?.partitionsCount ?? 0;
      return listener.revoked().then(() => Buffer.alloc(0));
    });
    this.#listen();
    this.#watch = setInterval(() => this.#endWhenStuck(), watchIntervalMs);
    this.#join();
  }

  /** Settles with what went wrong. */
  get ended(): Promise<unknown> {
    return this.#end.promise;
  }

  get hasJoined(): boolean {
    return this.#generation !== undefined;
  }

  /** Whether the broker still counts this member in, as far as can be known here: beyond the session timeout others may own its partitions. */
  get isAlive(): boolean {
    return this.hasJoined && performance.now() - this.#lastSeen < sessionTimeoutMs;
  }

  /** Joins again when the topic has other partitions than at the last join, for the leader assigns what it knew then. */
  partitionsSeen(count: number): void {
    if (!this.#generation || count === this.#partitionsKnown) return;
    this.#partitionsKnown = count;
    this.#join();
  }

  async commit(offsets: ReadonlyMap<number, number>): Promise<void> {
    const { topic } = this.#options;
    if (!this.#consumer.memberId) throw new Error('not a member of the group now');
    await this.#consumer.commit({ offsets: [...offsets].map(([partition, offset]) => ({ topic, partition, offset: BigInt(offset), leaderEpoch: -1 })) });
  }

  /** Committed offsets; a partition without one is left out. */
  async committed(partitions: readonly number[]): Promise<Map<number, number>> {
    const { topic } = this.#options;
    const offsets = (await this.#consumer.listCommittedOffsets({ topics: [{ topic, partitions: [...partitions] }] })).get(topic);
    const found = partitions.map((partition) => [partition, Number(offsets?.[partition] ?? -1n)] as const);
    return new Map(found.filter(([, offset]) => offset >= 0));
  }

  /** Leaves the group. */
  async close(): Promise<void> {
    clearInterval(this.#watch);
    this.#end.resolve(undefined);
    await closeConsumerClient(this.#consumer);
  }

  #join(): void {
    this.#consumer.joinGroup({}).catch((error: unknown) => this.#end.resolve(error));
  }

  #listen(): void {
    // An assignment is told of in a turn of its own, so that what a listener throws does not end up inside the client.
    this.#consumer.on('consumer:group:join', ({ memberId, generationId = 0, assignments }) => {
      const last = this.#generation;
      this.#generation = { id: generationId, memberId };
      this.#sawBroker(performance.now());
      const continued = last?.memberId === memberId && (generationId === last.id || generationId === last.id + 1);
      const partitions = assignments?.find(({ topic }) => topic === this.#options.topic)?.partitions ?? [];
      queueMicrotask(() => this.#listener.assigned(partitions, continued));
    });
    this.#consumer.on('consumer:heartbeat:start', () => {
      this.#heartbeatSent = performance.now();
    });
    this.#consumer.on('consumer:heartbeat:end', () => this.#sawBroker(this.#heartbeatSent));
    this.#consumer.on('error', (error) => this.#end.resolve(error));
  }

  #sawBroker(at: number): void {
    this.#lastSeen = Math.max(this.#lastSeen, at);
    this.#listener.alive();
  }

  #endWhenStuck(): void {
    const silentMs = performance.now() - this.#lastSeen;
    if (silentMs > stuckAfterMs) this.#end.resolve(new Error(`no answer of the group's coordinator for ${Math.round(silentMs / 1000)} s`));
  }
}

/** Settles when the work has, or after `limitMs`; never fails. */
export async function atMost(limitMs: number, work: Promise<unknown>): Promise<void> {
  const patience = new AbortController();
  await Promise.race([work.catch(() => undefined), delay(limitMs, undefined, { signal: patience.signal }).catch(() => undefined)]);
  patience.abort();
}

import type { Logger } from '../../runtime/log.ts';
import { clientOptions } from './client-options.ts';
import type { ConsumerClientOptions } from './consumer-client.ts';
import type { FetchedPart } from './fetch-answer.ts';
import type { PartitionFetch } from './fetch-lane.ts';
import { FetchLane } from './fetch-lane.ts';
import type { FetchLink, LeadingBroker, TopicView } from './fetch-link.ts';
import { fetchLink } from './fetch-link.ts';
import type { FetchedBatch } from './fetched-records.ts';
import { fetchedBatch } from './fetched-records.ts';
import { errorName } from './produce-verdict.ts';
import { Rests } from './rests.ts';
import type { TroubleLog } from './trouble-log.ts';
import { troubleLog } from './trouble-log.ts';
import { UnreadableBatches } from './unreadable-batches.ts';

export type { PartitionFetch } from './fetch-lane.ts';

/** Offsets of a partition's log: the first, and that after the last readable one. */
export interface LogRange {
  readonly end: number;
  readonly logStart: number;
}

export interface FetchLoopListener {
  /** Asked before every request: a partition that is left out is paused. */
  wanted(): readonly PartitionFetch[];
  fetched(batch: FetchedBatch): void;
  /** The offset is no longer, or not yet, in the log of the partition; or what lies before it is something else than was read, from `divergedAt` on. */
  outOfRange(fetch: PartitionFetch, divergedAt?: number): void;
  /** The number of partitions that the topic has now; called often. */
  partitionsSeen(count: number): void;
  /** There is another topic of the same name: offsets of the old one mean nothing in it. */
  recreated?(): void;
  /** Partitions that are not asked for now, but whose logs are to be looked at. */
  paused?(): readonly number[];
  logs?(logs: ReadonlyMap<number, LogRange>): void;
  /** Whether what has come is to be left, to be fetched again. */
  isFull?(): boolean;
}

export interface FetchLoopOptions extends ConsumerClientOptions, FetchLoopListener {
  readonly log: Logger;
}

export interface FetchLoop {
  /** Id of the topic that is read; undefined until it was seen. */
  readonly topicId: string | undefined;
  /** Something wanted may have changed. */
  wake(): void;
  /** Where the log of each partition begins and ends now. */
  logRanges(partitions: readonly number[]): Promise<Map<number, LogRange>>;
  /** Whether Kafka itself gives a reason why a partition is not read: it has no leader, its broker cannot be reached, an error in the answer. */
  isHindered(partition: number): boolean;
  /** Gives up the connections and what is under way in them, and goes on with new ones. */
  renew(): void;
  close(): Promise<void>;
}

/** How long a broker waits for the first byte of partitions that are read to their end: it answers at once when there is one, or when it leads them no more. */
const maxWaitMs = 5000;
/** How long a partition that is read to its end waits for a look while a request without it is under way. */
const glanceMs = 50;
const pauseMs = { first: 100, most: 2000 } as const;
const offsetOutOfRange = 1;
/** How often the topic is looked at: its leaders may have moved, its partitions grown. */
const lookIntervalMs = 5000;
/** Longer than an answer of the largest record takes on a slow line; a connection that is silent for so long is given up. */
const requestTimeoutMs = 20_000;
/** Bytes of unpacked records for each byte asked for, after which reading stops: what is left is fetched again. */
const mostUnpackedRatio = 8;

/**
 * Reads partitions by two lanes of requests, each with connections of its own and one request at a time to each broker: partitions with something to read are
 * asked for at once, those that are read to their end wait at the broker, and neither makes the other wait.
 */
export function startFetchLoop(options: FetchLoopOptions): FetchLoop {
  const client = { ...clientOptions(options.connection, options.clientId), requestTimeout: requestTimeoutMs };
  return fetchOver(() => fetchLink(client), options);
}

/** The same over links that are made elsewhere. */
export function fetchOver(newLink: () => FetchLink, options: Pick<FetchLoopOptions, 'topic' | 'log'> & FetchLoopListener): FetchLoop {
  return new BrokerFetches(newLink, options);
}

/** One for each lane. */
interface Links {
  readonly prompt: FetchLink;
  readonly patient: FetchLink;
}

class BrokerFetches implements FetchLoop {
  readonly #options: Pick<FetchLoopOptions, 'topic' | 'log'> & FetchLoopListener;
  readonly #newLink: () => FetchLink;
  readonly #trouble: TroubleLog;
  readonly #unreadable: UnreadableBatches;
  readonly #prompt: FetchLane;
  readonly #patient: FetchLane;
  readonly #partitionRests = new Rests(pauseMs, () => this.wake());
  readonly #brokerRests = new Rests(pauseMs, () => this.wake());
  readonly #looking: NodeJS.Timeout;
  /** Where each partition was readable up to when it was last asked for. */
  readonly #ends = new Map<number, number>();
  /** When each was last served, so that large batches of one do not keep others waiting. */
  readonly #served = new Map<number, number>();
  /** Partitions that were not read the last time that they were asked for. */
  readonly #hindered = new Set<number>();
  /** The topic could not be seen the last time that it was looked at. */
  #isUnseen = false;
  #links: Links;
  #topic: TopicView | undefined;
  /** Ids of topics that were replaced: a broker that tells of one is behind. */
  readonly #replaced = new Set<string>();
  #isClosed = false;
  /** Links over which the topic is being looked at. */
  #lookingOver: Links | undefined;
  #isPlanned = false;
  #glance: NodeJS.Timeout | undefined;
  #turn = 0;

  constructor(newLink: () => FetchLink, options: Pick<FetchLoopOptions, 'topic' | 'log'> & FetchLoopListener) {
    this.#newLink = newLink;
    this.#options = options;
    this.#trouble = troubleLog(options.log, `fetching from topic ${options.topic}`);
    this.#unreadable = new UnreadableBatches(options.log);
    this.#links = this.#newLinks();
    const lane = {
      topic: options.topic,
      answered: (broker: LeadingBroker, parts: readonly FetchedPart[], fetches: readonly PartitionFetch[], topicId: string) => {
        this.#brokerRests.forget(broker.nodeId);
        // What was read of a topic that has been replaced meanwhile would be taken for the new one's.
        if (topicId === this.#topic?.id) this.#take(parts, fetches);
      },
      failed: (broker: LeadingBroker, error: unknown, fetches: readonly PartitionFetch[]) => this.#failed(broker, error, fetches),
      free: () => this.wake(),
    };
    this.#prompt = new FetchLane({ ...lane, maxWaitMs: 0, link: () => this.#links.prompt });
    this.#patient = new FetchLane({ ...lane, maxWaitMs, link: () => this.#links.patient });
    this.#looking = setInterval(() => void this.#look(), lookIntervalMs);
    void this.#look();
  }

  get topicId(): string | undefined {
    return this.#topic?.id;
  }

  wake(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      if (!this.#isClosed) this.#plan();
    });
  }

  async logRanges(partitions: readonly number[]): Promise<Map<number, LogRange>> {
    const [starts, ends] = await Promise.all([this.#logOffsets(partitions, 'start'), this.#logOffsets(partitions, 'end')]);
    return new Map([...ends].map(([partition, end]) => [partition, { end, logStart: starts.get(partition) ?? 0 }]));
  }

  async #logOffsets(partitions: readonly number[], which: 'start' | 'end'): Promise<Map<number, number>> {
    const { topic } = this.#options;
    const view = await this.#links.prompt.topic(topic);
    const byBroker = new Map<number, { broker: LeadingBroker; partitions: number[] }>();
    for (const partition of partitions) {
      const broker = view?.leaders[partition];
      if (!broker) throw new Error(`partition ${partition} of topic ${topic} has no leader`);
      const group = byBroker.get(broker.nodeId) ?? { broker, partitions: [] };
      byBroker.set(broker.nodeId, group);
      group.partitions.push(partition);
    }
    const found = await Promise.all([...byBroker.values()].map((group) => this.#links.prompt.logOffsets(group.broker, topic, group.partitions, which)));
    return new Map(found.flatMap((offsets) => [...offsets]));
  }

  isHindered(partition: number): boolean {
    return this.#isUnseen || this.#hindered.has(partition);
  }

  renew(): void {
    const old = this.#links;
    this.#links = this.#newLinks();
    this.#prompt.giveUp();
    this.#patient.giveUp();
    void Promise.all([old.prompt.close(), old.patient.close()]);
    void this.#look();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#looking);
    clearTimeout(this.#glance);
    this.#partitionRests.close();
    this.#brokerRests.close();
    await Promise.all([this.#links.prompt.close(), this.#links.patient.close()]);
  }

  #newLinks(): Links {
    return { prompt: this.#newLink(), patient: this.#newLink() };
  }

  /** Looks at the topic, in the background: what is known of it serves meanwhile. */
  async #look(): Promise<void> {
    const links = this.#links;
    if (this.#lookingOver === links || this.#isClosed) return;
    this.#lookingOver = links;
    const isGivenUp = (): boolean => links !== this.#links || this.#isClosed;
    try {
      const found = await links.prompt.topic(this.#options.topic);
      if (isGivenUp()) return;
      if (!found) throw new Error(`topic ${this.#options.topic} does not exist`);
      this.#see(found);
      this.#isUnseen = false;
      await this.#lookAtPaused();
    } catch (error) {
      if (isGivenUp()) return;
      this.#isUnseen = true;
      this.#report(error);
    }
    this.#lookingOver = undefined;
    this.wake();
  }

  /** What waits in partitions that have no room is to be known as well. */
  async #lookAtPaused(): Promise<void> {
    const paused = this.#options.paused?.() ?? [];
    if (paused.length > 0) this.#options.logs?.(await this.logRanges(paused));
  }

  #see(found: TopicView): void {
    const known = this.#topic;
    if (this.#replaced.has(found.id)) return;
    this.#topic = found;
    if (known && known.id !== found.id) {
      this.#replaced.add(known.id);
      this.#options.recreated?.();
    }
    this.#options.partitionsSeen(found.leaders.length);
  }

  #plan(): void {
    const topic = this.#topic;
    if (!topic) return;
    const behind = new Map<LeadingBroker, PartitionFetch[]>();
    const readToEnd = new Map<LeadingBroker, PartitionFetch[]>();
    for (const fetch of this.#options.wanted()) {
      const broker = this.#brokerOf(topic, fetch.partition);
      const group = (this.#ends.get(fetch.partition) ?? Infinity) > fetch.offset ? behind : readToEnd;
      if (broker) group.set(broker, [...(group.get(broker) ?? []), fetch]);
    }
    for (const [broker, fetches] of behind) if (!this.#prompt.isBusy(broker)) void this.#prompt.ask(broker, topic, this.#longUnservedFirst(fetches));
    for (const [broker, fetches] of readToEnd) {
      if (!this.#patient.isBusy(broker)) void this.#patient.ask(broker, topic, fetches);
      else this.#glanceSoon(fetches);
    }
  }

  /** The broker that may be asked for the partition now. */
  #brokerOf({ leaders }: TopicView, partition: number): LeadingBroker | undefined {
    if (this.#partitionRests.has(partition) || this.#prompt.asksFor(partition) || this.#patient.asksFor(partition)) return undefined;
    const broker = leaders[partition];
    if (!broker) {
      this.#hindered.add(partition);
      this.#partitionRests.add(partition);
      void this.#look();
    }
    return broker && !this.#brokerRests.has(broker.nodeId) ? broker : undefined;
  }

  #longUnservedFirst(fetches: readonly PartitionFetch[]): PartitionFetch[] {
    const servedAt = ({ partition }: PartitionFetch): number => this.#served.get(partition) ?? 0;
    return fetches.toSorted((a, b) => servedAt(a) - servedAt(b));
  }

  /** A request that waits at the broker does not know of partitions that came later: they are asked for beside it. */
  #glanceSoon(fetches: readonly PartitionFetch[]): void {
    this.#glance ??= setTimeout(() => {
      this.#glance = undefined;
      for (const { partition } of fetches) this.#ends.delete(partition);
      this.wake();
    }, glanceMs);
  }

  #take(parts: readonly FetchedPart[], fetches: readonly PartitionFetch[]): void {
    if (this.#isClosed) return;
    const asked = new Map(fetches.map((fetch) => [fetch.partition, fetch]));
    let isHealthy = true;
    for (const part of parts) {
      const fetch = asked.get(part.partition);
      if (!fetch) continue;
      const isRead = this.#takePart(part, fetch);
      if (isRead) this.#hindered.delete(part.partition);
      else this.#hindered.add(part.partition);
      isHealthy &&= isRead;
    }
    if (isHealthy) this.#trouble.over();
  }

  /** Says whether all was well with it. */
  #takePart(part: FetchedPart, fetch: PartitionFetch): boolean {
    const { partition, errorCode } = part;
    if (errorCode !== 0) {
      this.#partitionRests.add(partition);
      if (errorCode === offsetOutOfRange) this.#options.outOfRange(fetch);
      else this.#report(new Error(`partition ${partition}: ${errorName(errorCode)}`));
      void this.#look();
      return false;
    }
    if (part.divergedAt !== undefined) {
      this.#partitionRests.add(partition);
      this.#options.outOfRange(fetch, part.divergedAt);
      return false;
    }
    const isFull = this.#options.isFull?.() ?? false;
    const batch = fetchedBatch(part, { from: fetch.offset, enough: isFull ? 0 : mostUnpackedRatio * fetch.maxBytes });
    this.#ends.set(partition, batch.end);
    if (batch.records.length > 0) this.#served.set(partition, (this.#turn += 1));
    this.#unreadable.note(batch);
    if (batch.unreadable === undefined) this.#partitionRests.forget(partition);
    else this.#partitionRests.add(partition);
    this.#options.fetched(batch);
    return batch.unreadable === undefined;
  }

  #failed(broker: LeadingBroker, error: unknown, fetches: readonly PartitionFetch[]): void {
    if (this.#isClosed) return;
    for (const { partition } of fetches) this.#hindered.add(partition);
    this.#brokerRests.add(broker.nodeId);
    this.#report(error);
    void this.#look();
  }

  #report(error: unknown): void {
    if (!this.#isClosed) this.#trouble.report(error);
  }
}

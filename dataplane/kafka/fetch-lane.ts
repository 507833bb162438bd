import type { FetchedPart } from './fetch-answer.ts';
import type { FetchLink, LeadingBroker, TopicView } from './fetch-link.ts';

/** A partition that has room for more. */
export interface PartitionFetch {
  readonly partition: number;
  readonly offset: number;
  readonly maxBytes: number;
  /** Of the leader that has written what lies just before the offset, where that is known: the broker then says whether its log still has it. */
  readonly epoch?: number | undefined;
}

export interface FetchLaneOptions {
  readonly topic: string;
  /** Longest time that a broker waits for the first byte. */
  readonly maxWaitMs: number;
  readonly link: () => FetchLink;
  readonly answered: (broker: LeadingBroker, parts: readonly FetchedPart[], fetches: readonly PartitionFetch[], topicId: string) => void;
  /** There was no answer. */
  readonly failed: (broker: LeadingBroker, error: unknown, fetches: readonly PartitionFetch[]) => void;
  /** It may be asked again. */
  readonly free: () => void;
}

/** Most bytes of an answer, but for a batch that is larger on its own. */
const maxResponseBytes = 4 * 1024 * 1024;

/** Fetch requests of one kind, one at a time to each broker. */
export class FetchLane {
  readonly #options: FetchLaneOptions;
  readonly #busy = new Map<number, ReadonlySet<number>>();

  constructor(options: FetchLaneOptions) {
    this.#options = options;
  }

  isBusy(broker: LeadingBroker): boolean {
    return this.#busy.has(broker.nodeId);
  }

  /** Whether a request under way asks for the partition. */
  asksFor(partition: number): boolean {
    for (const partitions of this.#busy.values()) if (partitions.has(partition)) return true;
    return false;
  }

  /** Settles when there is an answer or none. What comes over a link that has been given up since counts for nothing. */
  async ask(broker: LeadingBroker, { id: topicId }: TopicView, fetches: readonly PartitionFetch[]): Promise<void> {
    const { topic, maxWaitMs, answered, failed, free } = this.#options;
    const link = this.#options.link();
    const isGivenUp = (): boolean => link !== this.#options.link();
    this.#busy.set(broker.nodeId, new Set(fetches.map(({ partition }) => partition)));
    try {
      const { errorCode, parts } = await link.fetch(broker, { topic, topicId, maxWaitMs, maxBytes: maxResponseBytes, partitions: fetches });
      if (isGivenUp()) return;
      if (errorCode === 0) answered(broker, parts, fetches, topicId);
      else failed(broker, new Error(`the broker answered with error ${errorCode}`), fetches);
    } catch (error) {
      if (isGivenUp()) return;
      failed(broker, error, fetches);
    }
    this.#busy.delete(broker.nodeId);
    free();
  }

  /** Forgets what is under way, with the link that it is under way in. */
  giveUp(): void {
    this.#busy.clear();
  }
}

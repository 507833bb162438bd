import { PartitionLane } from './producer-lane.ts';

/** The lanes of a producer, by topic. */
export class ProducerLanes {
  readonly #lanes = new Map<string, PartitionLane[]>();

  get topics(): number {
    return this.#lanes.size;
  }

  /** The lane of a partition, which may have to be made. */
  of(topic: string, partition: number): PartitionLane {
    let lanes = this.#lanes.get(topic);
    if (!lanes) this.#lanes.set(topic, (lanes = []));
    return (lanes[partition] ??= new PartitionLane(topic, partition));
  }

  /** Those that a topic has, by their partitions. */
  ofTopic(topic: string): readonly (PartitionLane | undefined)[] | undefined {
    return this.#lanes.get(topic);
  }

  /** How many lanes are of topics for which nothing was sent since that time (ms), and nothing is under way. */
  idle(since: number): number {
    return this.#idleTopics(since).reduce((sum, [, lanes]) => sum + lanes.length, 0);
  }

  /** Lets these lanes go, with their sequence numbers, and returns their topics. */
  dropIdle(since: number): string[] {
    const topics = this.#idleTopics(since).map(([topic]) => topic);
    for (const topic of topics) this.#lanes.delete(topic);
    return topics;
  }

  #idleTopics(since: number): [topic: string, lanes: PartitionLane[]][] {
    return [...this.#lanes].filter(([, lanes]) => lanes.every(({ isEmpty, usedMs }) => isEmpty && usedMs < since));
  }
}

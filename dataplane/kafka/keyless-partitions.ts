/**
 * Where records without a key go: they gather at one partition until its batch is sent, then at another by lot, so that batches are large and all partitions get as many of them.
 */
export class KeylessPartitions {
  readonly #current = new Map<string, number>();

  /** A partition of a topic that is free to send; any where none is. */
  next(topic: string, partitions: number, isFree: (partition: number) => boolean): number {
    const current = this.#current.get(topic);
    if (current !== undefined && current < partitions && isFree(current)) return current;
    const start = Math.floor(Math.random() * partitions);
    for (let step = 0; step < partitions; step += 1) {
      const partition = (start + step) % partitions;
      if (!isFree(partition)) continue;
      this.#current.set(topic, partition);
      return partition;
    }
    return start;
  }

  /** What waited at the topic's partition is on its way: the next record goes elsewhere. */
  sent(topic: string, partition: number): void {
    if (this.#current.get(topic) === partition) this.#current.delete(topic);
  }
}

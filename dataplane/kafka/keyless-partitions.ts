interface Spread {
  /** Where records gather at the moment. */
  current: number | undefined;
  /** Records that each partition has had. */
  counts: number[];
}

/**
 * Where records without a key go: they gather at one partition until its batch is sent, then at the one that has had the fewest, so that batches are large and all partitions get as much.
 */
export class KeylessPartitions {
  readonly #spreads = new Map<string, Spread>();

  get topics(): number {
    return this.#spreads.size;
  }

  /** A partition of a topic that is free to send; any where none is. */
  next(topic: string, partitions: number, isFree: (partition: number) => boolean): number {
    let spread = this.#spreads.get(topic);
    if (spread?.counts.length !== partitions) this.#spreads.set(topic, (spread = { current: undefined, counts: new Array<number>(partitions).fill(0) }));
    const { current } = spread;
    const next = current !== undefined && isFree(current) ? current : choose(spread, isFree);
    spread.counts[next] = (spread.counts[next] ?? 0) + 1;
    return next;
  }

  /** Begins anew with the topic when it is used again. */
  forget(topic: string): void {
    this.#spreads.delete(topic);
  }

  /** What waited at the topic's partition is on its way: the next record goes elsewhere. */
  sent(topic: string, partition: number): void {
    const spread = this.#spreads.get(topic);
    if (spread?.current === partition) spread.current = undefined;
  }
}

/** By lot among those that have had the fewest. One that could not be sent to has nothing to make up for. */
function choose(spread: Spread, isFree: (partition: number) => boolean): number {
  const { counts } = spread;
  const start = Math.floor(Math.random() * counts.length);
  let fewest = Infinity;
  let chosen: number | undefined;
  for (let step = 0; step < counts.length; step += 1) {
    const partition = (start + step) % counts.length;
    const count = counts[partition] ?? 0;
    if (count >= fewest || !isFree(partition)) continue;
    fewest = count;
    chosen = partition;
  }
  if (chosen === undefined) return start;
  spread.current = chosen;
  for (const [partition, count] of counts.entries()) if (count < fewest) counts[partition] = fewest;
  return chosen;
}

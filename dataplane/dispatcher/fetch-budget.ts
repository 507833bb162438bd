/** Least that a partition without a record may fetch while there is room at all, whatever the others hold. */
export const leastFetchBytes = 32 * 1024;
/** Most that one partition may hold. */
export const mostPartitionBytes = 256 * 1024;
/** Share of the limit up to which partitions without a record still fetch: large events come in large batches. */
const hardShare = 1.5;

/**
 * Bytes of fetched records that a pod keeps for all its partitions together. What a partition holds is not in the way of another: each may have something, until a
 * hard limit is reached; beyond it, each subscription still may, one batch at a time.
 */
export class FetchBudget {
  readonly #limit: number;
  readonly #pod: FetchBudget | undefined;
  #used = 0;
  #partitions = 0;

  /** `pod`: the budget of which this is the part of one subscription. */
  constructor(limitBytes: number, pod?: FetchBudget) {
    this.#limit = limitBytes;
    this.#pod = pod;
  }

  get used(): number {
    return this.#used;
  }

  /** Nothing more is to be taken in now. */
  get isFull(): boolean {
    const { used } = this.#pod ?? this;
    return used >= hardShare * this.#limit && this.#used > 0;
  }

  /** The part of a subscription: it counts here as well. */
  ofSubscription(): FetchBudget {
    return new FetchBudget(this.#limit, this);
  }

  openPartition(): void {
    this.#partitions += 1;
    this.#pod?.openPartition();
  }

  closePartition(): void {
    this.#partitions -= 1;
    this.#pod?.closePartition();
  }

  take(bytes: number): void {
    this.#used += bytes;
    this.#pod?.take(bytes);
  }

  giveBack(bytes: number): void {
    this.take(-bytes);
  }

  /** Bytes that a partition may fetch now which holds `held`; 0: it waits. */
  allowance(held: number): number {
    if (held > mostPartitionBytes / 2 || this.isFull) return 0;
    const allowed = Math.min(mostPartitionBytes - held, (this.#pod ?? this).#share());
    if (allowed >= leastFetchBytes) return allowed;
    return held === 0 ? leastFetchBytes : 0;
  }

  #share(): number {
    return Math.floor((this.#limit - this.#used) / Math.max(1, this.#partitions));
  }
}

/** Least that a partition without a record may fetch, whatever the others hold: none can be starved. */
export const leastFetchBytes = 32 * 1024;
/** Most that one partition may hold. */
export const mostPartitionBytes = 256 * 1024;

/** Bytes of fetched records that a pod keeps for all its partitions together. */
export class FetchBudget {
  readonly #limit: number;
  #used = 0;
  #partitions = 0;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  get used(): number {
    return this.#used;
  }

  openPartition(): void {
    this.#partitions += 1;
  }

  closePartition(): void {
    this.#partitions -= 1;
  }

  take(bytes: number): void {
    this.#used += bytes;
  }

  giveBack(bytes: number): void {
    this.#used -= bytes;
  }

  /** Bytes that a partition may fetch now which holds `held`; 0: it waits. */
  allowance(held: number): number {
    if (held > mostPartitionBytes / 2) return 0;
    const share = Math.floor((this.#limit - this.#used) / Math.max(1, this.#partitions));
    const allowed = Math.min(mostPartitionBytes - held, share);
    if (allowed >= leastFetchBytes) return allowed;
    return held === 0 ? leastFetchBytes : 0;
  }
}

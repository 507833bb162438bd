/** An offset as a group keeps it. */
export interface OffsetCommit {
  readonly offset: number;
  /** At most `offset.metadata.max.bytes` characters, 4096 where the broker is not told otherwise; empty where there is nothing to say. */
  readonly metadata: string;
}

/** An offset as a group keeps it. */
export interface OffsetCommit {
  readonly offset: number;
  /** At most `offset.metadata.max.bytes` characters, 4096 where the broker is not told otherwise; empty where there is nothing to say. */
  readonly metadata: string;
  /** Of the leader that has written what lies just before the offset, where that is known. */
  readonly epoch?: number | undefined;
}

import type { SubscriptionState } from './metrics.ts';
import type { PartitionStanding } from './partition.ts';

/** Longer than a broker makes a request wait, and than a connection that is lost takes to be replaced. */
export const unreadForMs = 30_000;

/** What a subscription tells of its partitions in metrics. `stalled`: how many are being rebuilt. */
export function subscriptionState(standings: Iterable<PartitionStanding>, assigned: number, stalled: number): SubscriptionState {
  let lag = 0;
  let oldestEventMs: number | undefined;
  for (const standing of standings) {
    lag += standing.lag;
    if (standing.oldestMs !== undefined) oldestEventMs = Math.min(oldestEventMs ?? Infinity, standing.oldestMs);
  }
  return { lag, oldestEventMs, assignedPartitions: assigned, stalledPartitions: stalled };
}

/** Why not every assigned partition is being read, in a few words; undefined where all are, or have no room for more. */
export function unreadReason(assigned: readonly number[] | undefined, standings: ReadonlyMap<number, PartitionStanding>, nowMs: number): string | undefined {
  if (!assigned) return 'has no partitions assigned yet';
  const unread = assigned.filter((partition) => {
    const standing = standings.get(partition);
    return !standing || (!standing.isPaused && (standing.readMs === undefined || nowMs - standing.readMs > unreadForMs));
  });
  return unread.length === 0 ? undefined : `does not read ${unread.length === 1 ? 'partition' : 'partitions'} ${unread.slice(0, 10).join(', ')}${unread.length > 10 ? ' and more' : ''}`;
}

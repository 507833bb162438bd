export interface Claim {
  readonly memberId: string;
  /** The partitions that the member has and goes on with. */
  readonly owned: readonly number[];
  /** The generation in which it was given them. */
  readonly generation: number;
}

/**
 * Shares the partitions 0 … `count` − 1 evenly, moving as few as can be. What one member must give up, no other is given yet:
 * its owner joins again once it has let go, and then it is shared. Pure; the group's leader decides with it for all.
 */
export function stickyAssignment(claims: readonly Claim[], count: number): Map<string, number[]> {
  const { owners, contested } = previousOwners(claims, count);
  const ownedBy = Map.groupBy(owners.keys(), (partition) => owners.get(partition));
  const bySize = claims.map(({ memberId }) => ({ memberId, owned: (ownedBy.get(memberId) ?? []).sort((a, b) => a - b) })).sort((a, b) => b.owned.length - a.owned.length || (a.memberId < b.memberId ? -1 : 1));
  const least = Math.floor(count / claims.length);
  const withOneMore = count % claims.length;
  const shares = bySize.map(({ memberId, owned }, index) => {
    const quota = least + (index < withOneMore ? 1 : 0);
    return { memberId, quota, partitions: owned.slice(0, quota) };
  });
  const kept = new Set(shares.flatMap(({ partitions }) => partitions));
  const free = Array.from({ length: count }, (_none, partition) => partition).filter((partition) => !kept.has(partition));
  const given = new Map(shares.map(({ memberId, partitions }) => [memberId, partitions]));
  for (const { memberId, quota, partitions } of shares) {
    const added = free.splice(0, quota - partitions.length).filter((partition) => !owners.has(partition) && !contested.has(partition));
    given.set(memberId, [...partitions, ...added].sort((a, b) => a - b));
  }
  return given;
}

/** Who has what: the newest claim of a partition counts, and of two equally new ones neither. */
function previousOwners(claims: readonly Claim[], count: number): { owners: Map<number, string>; contested: Set<number> } {
  const owners = new Map<number, Claim>();
  const contested = new Set<number>();
  for (const claim of claims.toSorted((a, b) => b.generation - a.generation)) {
    for (const partition of new Set(claim.owned)) {
      const owner = owners.get(partition);
      if (owner?.generation === claim.generation) contested.add(partition);
      if (!owner && partition < count) owners.set(partition, claim);
    }
  }
  for (const partition of contested) owners.delete(partition);
  return { owners: new Map([...owners].map(([partition, { memberId }]) => [partition, memberId])), contested };
}

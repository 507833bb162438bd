import { decodeConsumerProtocolAssignment, decodeConsumerProtocolSubscription, encodeConsumerProtocolAssignment, encodeConsumerProtocolSubscription } from '@platformatic/kafka';

import type { Generation, GroupCoordinator, JoinAnswer } from './group-coordinator.ts';
import { cooperativeProtocol } from './group-coordinator.ts';
import type { Claim } from './sticky-assignment.ts';
import { stickyAssignment } from './sticky-assignment.ts';

/** What a member was given in a generation of the group. */
export interface Share {
  readonly generation: Generation;
  readonly partitions: readonly number[];
  /** Partitions that the topic had when they were shared, as this member knew it. */
  readonly partitionCount: number;
  /** When the last request left that the coordinator has answered. */
  readonly heardAt: number;
}

const subscriptionVersion = 3;
const assignmentVersion = 0;

/** Joins the next generation of the group: a request to join, one for the share, which the leader deals out for all. */
export async function joinGeneration(coordinator: GroupCoordinator, topic: string, memberId: string, last: Share | undefined): Promise<Share> {
  const partitionCount = await coordinator.partitionCount(topic);
  const subscription = encodeConsumerProtocolSubscription({
    version: subscriptionVersion,
    topics: [topic],
    ownedPartitions: last && last.partitions.length > 0 ? [{ topic, partitions: [...last.partitions] }] : [],
    generationId: last?.generation.id ?? -1,
  });
  const joined = await coordinator.join(memberId, subscription);
  const generation = { id: joined.generationId, memberId: joined.memberId };
  const shares = joined.leader === joined.memberId ? dealtOut(joined, topic, partitionCount) : new Map<string, Buffer>();
  const heardAt = performance.now();
  const assignment = await coordinator.sync(generation, joined.protocolName ?? cooperativeProtocol, shares);
  return { generation, partitions: partitionsOf(assignment, topic), partitionCount, heardAt };
}

function dealtOut({ members }: JoinAnswer, topic: string, count: number): Map<string, Buffer> {
  const claims: Claim[] = members.map(({ memberId, metadata }) => {
    const { ownedPartitions, generationId } = decodeConsumerProtocolSubscription(metadata);
    return { memberId, owned: ownedPartitions.find((owned) => owned.topic === topic)?.partitions ?? [], generation: generationId };
  });
  return new Map([...stickyAssignment(claims, count)].map(([memberId, partitions]) => [memberId, encodeConsumerProtocolAssignment({ version: assignmentVersion, assignedPartitions: [{ topic, partitions }] })]));
}

function partitionsOf(assignment: Buffer, topic: string): number[] {
  if (assignment.length === 0) return [];
  return decodeConsumerProtocolAssignment(assignment).assignedPartitions.find((assigned) => assigned.topic === topic)?.partitions.toSorted((a, b) => a - b) ?? [];
}

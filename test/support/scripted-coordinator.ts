import { decodeConsumerProtocolSubscription, encodeConsumerProtocolAssignment } from '@platformatic/kafka';

import type { GroupCoordinator, JoinAnswer } from '../../dataplane/kafka/group-coordinator.ts';

export const scriptedTopic = 't';

/** An error as Kafka's code comes in one. */
export function kafkaError(apiId: string, response?: Partial<JoinAnswer>): Error {
  return Object.assign(new Error(apiId), { apiId, response });
}

/** A coordinator that follows a script: shares, one a generation, and what heartbeats are answered. */
export class ScriptedCoordinator implements GroupCoordinator {
  readonly shares: number[][];
  /** Taken one by one; none left: all is well. */
  heartbeatErrors: Error[] = [];
  joinErrors: Error[] = [];
  leaveErrors: Error[] = [];
  /** What every join waits for. */
  others: Promise<unknown> = Promise.resolve();
  /** What every share waits for. */
  dealt: Promise<unknown> = Promise.resolve();
  partitions = 4;
  /** What was claimed at each join, and as whom. */
  readonly joins: { memberId: string; owned: readonly number[] }[] = [];
  heartbeats = 0;
  readonly commits: number[] = [];
  left: string | undefined;

  constructor(...shares: number[][]) {
    this.shares = shares;
  }

  async join(memberId: string, subscription: Buffer): Promise<JoinAnswer> {
    const error = this.joinErrors.shift();
    if (error) throw error;
    const owned = decodeConsumerProtocolSubscription(subscription).ownedPartitions[0]?.partitions ?? [];
    this.joins.push({ memberId, owned });
    await this.others;
    return await Promise.resolve({ generationId: this.joins.length, memberId: memberId === '' ? `m${this.joins.length}` : memberId, leader: 'another', protocolName: 'cooperative-sticky', members: [] });
  }

  async sync(): Promise<Buffer> {
    const partitions = this.shares[this.joins.length - 1] ?? this.shares.at(-1) ?? [];
    await this.dealt;
    return await Promise.resolve(encodeConsumerProtocolAssignment({ version: 0, assignedPartitions: [{ topic: scriptedTopic, partitions }] }));
  }

  async heartbeat(): Promise<void> {
    this.heartbeats += 1;
    const error = this.heartbeatErrors.shift();
    await (error ? Promise.reject(error) : Promise.resolve());
  }

  leave(memberId: string): Promise<void> {
    const error = this.leaveErrors.shift();
    if (error) return Promise.reject(error);
    this.left = memberId;
    return Promise.resolve();
  }

  commit({ id }: { id: number }): Promise<void> {
    this.commits.push(id);
    return Promise.resolve();
  }

  committed(): Promise<Map<number, never>> {
    return Promise.resolve(new Map<number, never>());
  }

  partitionCount(): Promise<number> {
    return Promise.resolve(this.partitions);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

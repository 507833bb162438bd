import type { API, Broker, Connection, findCoordinatorV6, heartbeatV4, joinGroupV9, leaveGroupV5, offsetCommitV9, offsetFetchV9, syncGroupV5 } from '@platformatic/kafka';
import { Base, kGetApi, kGetBootstrapConnection, kGetConnection } from '@platformatic/kafka';

import type { KafkaConnection } from '../../contract/kafka-connection.ts';
import { closingEveryConnection } from './client-connections.ts';
import { clientOptions } from './client-options.ts';
import type { OffsetCommit } from './offset-commits.ts';
import { promised } from './promised.ts';
import { within } from './within.ts';

export interface Generation {
  readonly id: number;
  readonly memberId: string;
}

export type JoinAnswer = Pick<joinGroupV9.JoinGroupResponse, 'generationId' | 'memberId' | 'leader' | 'protocolName' | 'members'>;

/** What a member asks of the broker that coordinates its group. Everything may fail, with the codes of Kafka in the error (`groupErrorOf`). */
export interface GroupCoordinator {
  /** Waits until the members of the new generation are known. */
  join(memberId: string, subscription: Buffer): Promise<JoinAnswer>;
  /** Waits for the leader's word on who has what; the leader says it. */
  sync(generation: Generation, protocol: string, shares: ReadonlyMap<string, Buffer>): Promise<Buffer>;
  heartbeat(generation: Generation): Promise<void>;
  leave(memberId: string): Promise<void>;
  commit(generation: Generation, topic: string, offsets: ReadonlyMap<number, OffsetCommit>): Promise<void>;
  /** A partition without a committed offset is left out. */
  committed(topic: string, partitions: readonly number[]): Promise<Map<number, OffsetCommit>>;
  /** How many partitions a topic has; 0 when there is no such topic. */
  partitionCount(topic: string): Promise<number>;
  close(): Promise<void>;
}

export interface GroupCoordinatorOptions {
  readonly connection: KafkaConnection;
  readonly clientId: string;
  readonly group: string;
  readonly sessionTimeoutMs: number;
  /** Time that members have to come back for a new generation. */
  readonly rebalanceTimeoutMs: number;
}

export const cooperativeProtocol = 'cooperative-sticky';
const groupKey = 0;
const unknownEpoch = -1;
/** Less than half a session: one answer may be lost. */
const requestTimeoutMs = 4000;
/** The broker may keep a request waiting for as long as members have to come back. */
const overRebalanceMs = 4000;

/** Requests by Kafka's name; each takes the highest version that client and broker know. */
interface Apis {
  JoinGroup: typeof joinGroupV9.api;
  SyncGroup: typeof syncGroupV5.api;
  Heartbeat: typeof heartbeatV4.api;
  LeaveGroup: typeof leaveGroupV5.api;
  OffsetCommit: typeof offsetCommitV9.api;
  OffsetFetch: typeof offsetFetchV9.api;
}
type RequestOf<Name extends keyof Apis> = Parameters<Apis[Name]['async']> extends [Connection, ...infer Request] ? Request : never;
type ResponseOf<Name extends keyof Apis> = Awaited<ReturnType<Apis[Name]['async']>>;
type FindCoordinator = typeof findCoordinatorV6.api;
/** Brokers older than 3.0 answer for one group. */
type OldOffsetFetchResponse = offsetFetchV9.OffsetFetchResponseGroup & { readonly groups?: undefined };

/**
 * The coordinator over two sets of connections: one for requests that the broker holds back until a generation is complete, for it answers
 * one request of a connection after the other, and one for the rest. A request that has failed makes the next one look for the coordinator anew.
 */
export function groupCoordinator(options: GroupCoordinatorOptions): GroupCoordinator {
  const { group, sessionTimeoutMs, rebalanceTimeoutMs } = options;
  const base = clientOptions(options.connection, options.clientId);
  const patient = new Base({ ...base, requestTimeout: rebalanceTimeoutMs + overRebalanceMs });
  const prompt = new Base({ ...base, requestTimeout: requestTimeoutMs });
  const closing = [patient, prompt].map(closingEveryConnection);
  let found: Broker | undefined;
  let failures = 0;

  async function coordinator(): Promise<Broker> {
    if (found) return found;
    const api = await promised<FindCoordinator>((callback) => prompt[kGetApi]('FindCoordinator', callback));
    const connection = await promised<Connection>((callback) => prompt[kGetBootstrapConnection](callback, failures));
    const { coordinators: [answer] } = await promised<findCoordinatorV6.FindCoordinatorResponse>((callback) => api(connection, groupKey, [group], callback));
    if (!answer || answer.nodeId < 0) throw new Error(`nobody coordinates the group ${group}`);
    found = { host: answer.host, port: answer.port };
    return found;
  }

  async function ask<Name extends keyof Apis>(client: Base, limitMs: number, name: Name, request: RequestOf<Name>): Promise<ResponseOf<Name>> {
    try {
      return await within(limitMs, name, async () => {
        const broker = await coordinator();
        const api = await promised<API<RequestOf<Name>, ResponseOf<Name>>>((callback) => client[kGetApi](name, callback));
        const connection = await promised<Connection>((callback) => client[kGetConnection](broker, callback));
        return await promised<ResponseOf<Name>>((callback) => api(connection, ...request, callback));
      });
    } catch (error) {
      if (!keepsCoordinator(error)) {
        found = undefined;
        failures += 1;
      }
      throw error;
    }
  }

  const askPatiently = <Name extends keyof Apis>(name: Name, ...request: RequestOf<Name>) => ask(patient, 2 * rebalanceTimeoutMs, name, request);
  const askPromptly = <Name extends keyof Apis>(name: Name, ...request: RequestOf<Name>) => ask(prompt, 2 * requestTimeoutMs, name, request);

  return {
    join: async (memberId, subscription) => {
      const protocols = [{ name: cooperativeProtocol, metadata: subscription }];
      return await askPatiently('JoinGroup', group, sessionTimeoutMs, rebalanceTimeoutMs, memberId, null, 'consumer', protocols, null);
    },
    sync: async ({ id, memberId }, protocol, shares) => {
      const assignments = [...shares].map(([of, share]) => ({ memberId: of, assignment: share }));
      const { assignment } = await askPatiently('SyncGroup', group, id, memberId, null, 'consumer', protocol, assignments);
      return assignment;
    },
    heartbeat: async ({ id, memberId }) => {
      await askPromptly('Heartbeat', group, id, memberId, null);
    },
    leave: async (memberId) => {
      await askPromptly('LeaveGroup', group, [{ memberId, groupInstanceId: null, reason: null }]);
    },
    commit: async ({ id, memberId }, name, offsets) => {
      const partitions = [...offsets].map(([partitionIndex, { offset, metadata, epoch }]) => ({ partitionIndex, committedOffset: BigInt(offset), committedLeaderEpoch: epoch ?? unknownEpoch, committedMetadata: metadata }));
      await askPromptly('OffsetCommit', group, id, memberId, null, [{ name, partitions }]);
    },
    committed: async (name, partitions) => {
      const request = { groupId: group, memberId: null, memberEpoch: -1, topics: [{ name, partitionIndexes: [...partitions] }] };
      const response = (await askPromptly('OffsetFetch', [request], true)) as offsetFetchV9.OffsetFetchResponse | OldOffsetFetchResponse;
      const [answer] = response.groups ?? [response];
      const found = answer?.topics.find((one) => one.name === name)?.partitions ?? [];
      const missing = partitions.find((partition) => !found.some(({ partitionIndex }) => partitionIndex === partition));
      if (missing !== undefined) throw new Error(`the coordinator left out partition ${missing}`);
      return new Map(found.filter(({ committedOffset }) => committedOffset >= 0n).map((one) => [one.partitionIndex, offsetCommit(one)]));
    },
    partitionCount: async (topic) => {
      const count = await within(2 * requestTimeoutMs, 'Metadata', () => prompt.metadata({ topics: [topic], forceUpdate: true })).then(({ topics }) => topics.get(topic)?.partitionsCount ?? 0, (error: unknown) => {
        if (groupErrorOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION') return 0;
        throw error;
      });
      return count;
    },
    close: async () => {
      await Promise.all(closing.map((close) => close()));
    },
  };
}

function offsetCommit({ committedOffset, committedLeaderEpoch, metadata }: offsetFetchV9.OffsetFetchResponsePartition): OffsetCommit {
  return { offset: Number(committedOffset), metadata: metadata ?? '', ...(committedLeaderEpoch > unknownEpoch && { epoch: committedLeaderEpoch }) };
}

/** Answers of a coordinator about the group; after any other trouble it is looked for again. */
const answersOfTheCoordinator: ReadonlySet<string> = new Set(['MEMBER_ID_REQUIRED', 'UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'REBALANCE_IN_PROGRESS', 'INCONSISTENT_GROUP_PROTOCOL', 'GROUP_MAX_SIZE_REACHED', 'GROUP_AUTHORIZATION_FAILED', 'OFFSET_METADATA_TOO_LARGE', 'UNSTABLE_OFFSET_COMMIT']);

function keepsCoordinator(error: unknown): boolean {
  return answersOfTheCoordinator.has(groupErrorOf(error) ?? '');
}

/** Kafka's name of what went wrong; undefined where no broker has said it. */
export function groupErrorOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { apiId } = error as { apiId?: string };
  if (apiId !== undefined) return apiId;
  const inner = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  return [...inner, error.cause].map(groupErrorOf).find((name) => name !== undefined);
}

/** The id that the broker has given to a member that had none, for it to join with. */
export function memberIdOf(error: unknown): string {
  const all = [error, ...(error instanceof AggregateError ? (error.errors as unknown[]) : [])];
  const answer = all.map((one) => (one as { response?: JoinAnswer }).response).find((response) => response !== undefined);
  return answer?.memberId ?? '';
}

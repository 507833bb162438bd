import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import type { KafkaAdmin, OffsetAt, Offsets } from '../kafka/kafka-admin.ts';
import { KafkaError } from '../kafka/kafka-error.ts';
import { oldestAge } from './oldest.ts';
import type { PlannedReset, ResetFault } from './reset.ts';
import { gatherReset, pendingReset } from './reset.ts';

/** A consumer group as it is on the broker. */
export interface ObservedGroup {
  readonly partitions: number;
  /** Of those partitions that have one. */
  readonly committed: Offsets;
  /** Where the other partitions would start. */
  readonly starts: Offsets;
  readonly ends: Offsets;
  readonly members: number;
  /** Age of the oldest event after the committed offsets, rounded. */
  readonly oldest: string;
  /** Where a replay that is asked for would go. */
  readonly reset: PlannedReset | ResetFault | undefined;
}

/**
 * A group that has started once starts later partitions, and those whose offset Kafka has dropped, at their first event: nothing is to be missed.
 * `now` is in ms since 1970.
 */
export async function gatherGroup(admin: KafkaAdmin, object: KafkaConsumerGroup, now: number): Promise<ObservedGroup> {
  const { spec } = object;
  const topic = await admin.topic(spec.topic);
  if (!topic) throw new KafkaError('topic-awaited', `waiting for topic "${spec.topic}"`);
  const partitions = Array.from({ length: topic.partitions }, (_, partition) => partition);
  const committed = await admin.committedOffsets(spec.group, spec.topic, topic.partitions);
  const without = partitions.filter((partition) => !committed.has(partition));
  const at = hasStarted(object, committed) ? 'earliest' : offsetAt(spec.startAt);
  const starts: Offsets = without.length > 0 ? await admin.offsetsAt(spec.topic, without, at) : new Map();
  const ends = await admin.offsetsAt(spec.topic, partitions, 'latest');
  const pending = pendingReset(object);
  const reset = pending && (await gatherReset(admin, spec.topic, pending, new Map([...committed, ...starts])));
  const oldest = await oldestAge(admin, spec.topic, new Map([...committed, ...starts]), ends, now);
  return { partitions: topic.partitions, committed, starts, ends, members: await admin.members(spec.group), oldest, reset };
}

/** A group that was retained has started under an object before this one. */
function hasStarted({ spec, status }: KafkaConsumerGroup, committed: Offsets): boolean {
  const initialized = (status as KafkaConsumerGroup['status'] | undefined)?.initialized === true;
  return initialized || (spec.deletionPolicy === 'Retain' && committed.size > 0);
}

/** `latest`, `earliest`, or a time. The API server has checked its form; what is no time is `latest`, as for any group that says nothing. */
export function offsetAt(startAt: string): OffsetAt {
  if (startAt === 'earliest') return 'earliest';
  const time = startAt === 'latest' ? Number.NaN : Date.parse(startAt);
  return Number.isNaN(time) ? 'latest' : BigInt(Math.max(0, time));
}

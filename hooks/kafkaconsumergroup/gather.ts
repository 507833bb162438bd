import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import type { KafkaAdmin, OffsetAt, Offsets } from '../kafka/kafka-admin.ts';
import { KafkaError } from '../kafka/kafka-error.ts';
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
  /** Where a replay that is asked for would go. */
  readonly reset: PlannedReset | ResetFault | undefined;
}

/** A group that has started once starts later partitions, and those whose offset Kafka has dropped, at their first event: nothing is to be missed. */
export async function gatherGroup(admin: KafkaAdmin, object: KafkaConsumerGroup): Promise<ObservedGroup> {
  const { spec, status } = object;
  const topic = await admin.topic(spec.topic);
  if (!topic) throw new KafkaError('topic-missing', `waiting for topic "${spec.topic}"`);
  const partitions = Array.from({ length: topic.partitions }, (_, partition) => partition);
  const committed = await admin.committedOffsets(spec.group, spec.topic, topic.partitions);
  const without = partitions.filter((partition) => !committed.has(partition));
  const started = (status as KafkaConsumerGroup['status'] | undefined)?.initialized === true;
  const at = started ? 'earliest' : offsetAt(spec.startAt);
  const starts: Offsets = without.length > 0 ? await admin.offsetsAt(spec.topic, without, at) : new Map();
  const ends = await admin.offsetsAt(spec.topic, partitions, 'latest');
  const pending = pendingReset(object);
  const reset = pending && (await gatherReset(admin, spec.topic, pending, new Map([...committed, ...starts])));
  return { partitions: topic.partitions, committed, starts, ends, members: await admin.members(spec.group), reset };
}

/** `latest`, `earliest`, or a time. The API server has checked its form; what is no time is `latest`, as for any group that says nothing. */
export function offsetAt(startAt: string): OffsetAt {
  if (startAt === 'earliest') return 'earliest';
  const time = startAt === 'latest' ? Number.NaN : Date.parse(startAt);
  return Number.isNaN(time) ? 'latest' : BigInt(Math.max(0, time));
}

import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import type { KafkaAdmin, OffsetAt, Offsets } from '../kafka/kafka-admin.ts';
import { KafkaError } from '../kafka/kafka-error.ts';

/** A consumer group as it is on the broker. */
export interface ObservedGroup {
  readonly partitions: number;
  /** Of those partitions that have one. */
  readonly committed: Offsets;
  /** Where the other partitions would start. */
  readonly starts: Offsets;
}

/** A group that has started once starts later partitions, and those whose offset Kafka has dropped, at their first event: nothing is to be missed. */
export async function gatherGroup(admin: KafkaAdmin, { spec, status }: KafkaConsumerGroup): Promise<ObservedGroup> {
  const topic = await admin.topic(spec.topic);
  if (!topic) throw new KafkaError('topic-missing', `waiting for topic "${spec.topic}"`);
  const committed = await admin.committedOffsets(spec.group, spec.topic, topic.partitions);
  const without = Array.from({ length: topic.partitions }, (_, partition) => partition).filter((partition) => !committed.has(partition));
  const started = (status as KafkaConsumerGroup['status'] | undefined)?.initialized === true;
  const at = started ? 'earliest' : offsetAt(spec.startAt);
  const starts: Offsets = without.length > 0 ? await admin.offsetsAt(spec.topic, without, at) : new Map();
  return { partitions: topic.partitions, committed, starts };
}

/** `latest`, `earliest`, or a time. The API server has checked its form; what is no time is `latest`, as for any group that says nothing. */
export function offsetAt(startAt: string): OffsetAt {
  if (startAt === 'earliest') return 'earliest';
  const time = startAt === 'latest' ? Number.NaN : Date.parse(startAt);
  return Number.isNaN(time) ? 'latest' : BigInt(Math.max(0, time));
}

import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import type { KafkaAdmin } from '../kafka/kafka-admin.ts';
import { KafkaError } from '../kafka/kafka-error.ts';
import type { ObservedGroup } from './gather.ts';

export interface GroupOutcome {
  readonly initialized: boolean;
  /** How many have an offset. */
  readonly partitions: number;
}

/**
 * Commits the start offset of every partition that has none, in one request.
 * Kafka takes no offsets from outside for a group with members: then its dispatcher starts those partitions at their first event,
 * which is right once the group has started; before, it is for the members to leave.
 */
export async function actOnGroup(admin: KafkaAdmin, { spec, status }: KafkaConsumerGroup, { committed, starts }: ObservedGroup): Promise<GroupOutcome> {
  const started = (status as KafkaConsumerGroup['status'] | undefined)?.initialized === true;
  if (starts.size === 0) return { initialized: true, partitions: committed.size };
  try {
    await admin.commitOffsets(spec.group, spec.topic, starts);
    return { initialized: true, partitions: committed.size + starts.size };
  } catch (error) {
    if (started && error instanceof KafkaError && error.trouble === 'group-active') return { initialized: true, partitions: committed.size };
    throw error;
  }
}

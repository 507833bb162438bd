import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import type { KafkaAdmin, Offsets } from '../kafka/kafka-admin.ts';
import { KafkaError } from '../kafka/kafka-error.ts';
import type { ObservedGroup } from './gather.ts';
import { lagOf } from './measure.ts';
import type { PlannedReset } from './reset.ts';

export interface GroupOutcome {
  readonly initialized: boolean;
  /** How many have an offset. */
  readonly partitions: number;
  /** How many have none yet, and are started by the members at their first event. */
  readonly waiting: number;
  readonly lag: bigint;
  readonly members: number;
  readonly oldest: string;
  /** The replay that was done now. */
  readonly reset?: PlannedReset;
  /** Id of the replay that has to wait for the group's members to leave. */
  readonly resetting?: string;
  /** Why the replay that is asked for cannot be done. */
  readonly resetFault?: string;
}

/**
 * Commits the start offset of every partition that has none, in one request, then those of a replay.
 * Kafka takes no offsets from outside for a group with members: then its dispatcher starts those partitions at their first event,
 * which is right once the group has started; before, it is for the members to leave.
 */
export async function actOnGroup(admin: KafkaAdmin, { spec, status }: KafkaConsumerGroup, { committed, starts, ends, members, oldest, reset }: ObservedGroup): Promise<GroupOutcome> {
  const started = (status as KafkaConsumerGroup['status'] | undefined)?.initialized === true;
  const commit = async (offsets: Offsets): Promise<boolean> => await isCommitted(admin, spec, offsets);
  const complete = await commit(starts);
  if (!complete && !started) throw new KafkaError('group-active', 'consumers are connected to the group');
  const current = complete ? new Map([...committed, ...starts]) : committed;
  const outcome = { initialized: true, partitions: current.size, waiting: complete ? 0 : starts.size, lag: lagOf(current, ends), members, oldest };
  if (!reset) return outcome;
  if ('fault' in reset) return { ...outcome, resetFault: reset.fault };
  if (!(await commit(reset.to))) return { ...outcome, resetting: reset.id };
  return { ...outcome, lag: lagOf(new Map([...current, ...reset.to]), ends), reset };
}

/** False for a group that has members. */
async function isCommitted(admin: KafkaAdmin, { group, topic }: KafkaConsumerGroup['spec'], offsets: Offsets): Promise<boolean> {
  if (offsets.size === 0) return true;
  try {
    await admin.commitOffsets(group, topic, offsets);
    return true;
  } catch (error) {
    if (error instanceof KafkaError && error.trouble === 'group-active') return false;
    throw error;
  }
}

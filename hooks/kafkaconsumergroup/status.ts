import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import { conditionsOf } from '../conditions.ts';
import type { Fault } from '../kafka-secret.ts';
import type { GroupOutcome } from './act.ts';

type Status = KafkaConsumerGroup['status'];

/** Status of a group whose partitions all have a start. */
export function groupStatus(object: KafkaConsumerGroup, { initialized, partitions }: GroupOutcome, now: string): Status {
  return { ...observedGeneration(object), initialized, partitions, conditions: conditionsOf([{ type: 'Ready', ok: true, reason: 'Ready' }], statusOf(object)?.conditions, now) };
}

/** Status where Kafka could not be asked, or refused: what was known stays. A group that has started once has started for ever. */
export function faultyGroupStatus(object: KafkaConsumerGroup, { reason, message }: Fault, now: string): Status {
  const known = statusOf(object);
  return {
    ...observedGeneration(object),
    ...(known?.initialized !== undefined && { initialized: known.initialized }),
    ...(known?.partitions !== undefined && { partitions: known.partitions }),
    conditions: conditionsOf([{ type: 'Ready', ok: false, reason, message }], known?.conditions, now),
  };
}

function observedGeneration({ metadata }: KafkaConsumerGroup): { observedGeneration?: number } {
  return metadata.generation === undefined ? {} : { observedGeneration: metadata.generation };
}

/** Absent before the first sync on servers that do not fill in defaults of status. */
function statusOf({ status }: KafkaConsumerGroup): Status | undefined {
  return status;
}

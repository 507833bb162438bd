import type { ObjectMeta } from '../contract/object-meta.ts';
import type { Reason } from '../contract/reasons.ts';
import type { Check, Condition } from './conditions.ts';
import { conditionNamed, isReason } from './conditions.ts';
import type { Fault } from './kafka-secret.ts';

/** What we read of a KafkaTopic or KafkaConsumerGroup. */
interface KafkaObject {
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: Condition[] };
}

/** Whether a KafkaTopic or KafkaConsumerGroup says that it is Ready. */
export function isReady(object: Pick<KafkaObject, 'status'> | undefined): boolean {
  return conditionNamed(object?.status?.conditions, 'Ready')?.status === 'True';
}

/** Why whoever needs a KafkaTopic waits. */
export function topicNotReady(name: string): Fault {
  return { reason: 'TopicNotReady', message: `waiting for KafkaTopic "${name}" to be Ready` };
}

export function topicCheck(topic: KafkaObject | undefined): Check {
  return kafkaObjectCheck('TopicReady', topic, 'TopicPending', 'the KafkaTopic');
}

export function groupCheck(name: string, group: KafkaObject | undefined): Check {
  return kafkaObjectCheck('Ready', group, 'GroupPending', `KafkaConsumerGroup "${name}"`);
}

/** The Ready condition of a KafkaTopic or KafkaConsumerGroup as a check of the channel: the same reason and message. One text while it is not there or not looked at, for each text is a write of the channel. */
function kafkaObjectCheck(type: string, object: KafkaObject | undefined, pending: Reason, what: string): Check {
  const waiting: Check = { type, ok: false, reason: pending, message: `waiting for ${what}` };
  if (!object) return waiting;
  if (object.metadata.deletionTimestamp !== undefined) return { type, ok: false, reason: 'Deleting', message: `${what} is being deleted; then it is made again` };
  const ready = conditionNamed(object.status?.conditions, 'Ready');
  const current = (object.status?.observedGeneration ?? -1) >= (object.metadata.generation ?? 0);
  if (!ready || !current) return waiting;
  return { type, ok: ready.status === 'True', reason: isReason(ready.reason) ? ready.reason : pending, ...(ready.message && { message: ready.message }) };
}

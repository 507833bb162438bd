import type { ObjectMeta } from '../contract/object-meta.ts';
import type { Reason } from '../contract/reasons.ts';
import type { Check, Condition } from './conditions.ts';
import { conditionNamed, isReason } from './conditions.ts';

/** What we read of a KafkaTopic or KafkaConsumerGroup. */
interface KafkaObject {
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: Condition[] };
}

/** The Ready condition of a KafkaTopic or KafkaConsumerGroup as a check of the channel: the same reason and message. */
export function kafkaObjectCheck(type: string, object: KafkaObject | undefined, pending: Reason, what: string): Check {
  if (!object) return { type, ok: false, reason: pending, message: `waiting for ${what}` };
  if (object.metadata.deletionTimestamp !== undefined) return { type, ok: false, reason: 'Deleting', message: `${what} is being deleted; then it is made again` };
  const ready = conditionNamed(object.status?.conditions, 'Ready');
  const current = (object.status?.observedGeneration ?? -1) >= (object.metadata.generation ?? 0);
  if (!ready || !current) return { type, ok: false, reason: pending, message: `waiting for ${what} to be looked at` };
  return { type, ok: ready.status === 'True', reason: isReason(ready.reason) ? ready.reason : pending, ...(ready.message && { message: ready.message }) };
}

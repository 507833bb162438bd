import type { KafkaTopic } from '../../contract/generated/kafkatopic.ts';
import { reasons } from '../../contract/reasons.ts';
import type { Check } from '../conditions.ts';
import { conditionNamed, conditionsOf } from '../conditions.ts';
import type { Fault } from '../kafka-secret.ts';
import type { TopicOnBroker } from '../kafka/kafka-admin.ts';
import type { TopicOrigin } from './plan.ts';
import { hasDerivedName } from './plan.ts';

export interface TopicOutcome {
  /** `creating`: asked for, and Kafka did not answer in time. */
  readonly origin: TopicOrigin | 'creating';
  readonly topic: TopicOnBroker | undefined;
  /** Undefined where events are kept for ever, or it is not known. */
  readonly retentionSeconds?: number | undefined;
}

/** Status of a KafkaTopic that Kafka was asked about. The id is recorded where the topic is ours, and only then. */
export function topicStatus(object: KafkaTopic, { origin, topic }: TopicOutcome, now: string): KafkaTopic['status'] {
  return {
    ...observedGeneration(object),
    ...(origin === 'created' && topic && { topicId: topic.id }),
    ...(topic && { partitions: topic.partitions }),
    conditions: conditionsOf([outcomeCheck(object, origin)], statusOf(object)?.conditions, now),
  };
}

/** Status where Kafka could not be asked, or refused: what was known stays, that a topic was asked for too, unless a person must act. */
export function faultyTopicStatus(object: KafkaTopic, fault: Fault, now: string): KafkaTopic['status'] {
  const known = statusOf(object);
  const asked = conditionNamed(known?.conditions, 'Ready')?.reason === 'TopicCreating' && !reasons[fault.reason].stalls;
  return {
    ...observedGeneration(object),
    ...(known?.topicId !== undefined && { topicId: known.topicId }),
    ...(known?.partitions !== undefined && { partitions: known.partitions }),
    conditions: conditionsOf([{ type: 'Ready', ok: false, reason: asked ? 'TopicCreating' : fault.reason, message: fault.message }], known?.conditions, now),
  };
}

function outcomeCheck(object: KafkaTopic, origin: TopicOutcome['origin']): Check {
  const type = 'Ready';
  const topic = `topic "${object.spec.topicName}"`;
  if (origin === 'created') return { type, ok: true, reason: 'Ready' };
  if (origin === 'creating') return { type, ok: false, reason: 'TopicCreating', message: `${topic} was asked for and Kafka did not answer in time` };
  if (origin === 'missing') return { type, ok: false, reason: 'TopicMissing', message: `${topic} does not exist and its policy is External: create it, or set the policy to Managed` };
  if (origin === 'external') return { type, ok: true, reason: 'TopicExternal', message: `${topic} is used as it is` };
  if (hasDerivedName(object)) return { type, ok: true, reason: 'TopicFound', message: `${topic} was there before: it is used, and never deleted` };
  return { type, ok: true, reason: 'TopicFound', message: `${topic} was there before, or may be another channel's: it is used as it is, and never deleted` };
}

function observedGeneration({ metadata }: KafkaTopic): { observedGeneration?: number } {
  return metadata.generation === undefined ? {} : { observedGeneration: metadata.generation };
}

/** Absent before the first sync on servers that do not fill in defaults of status. */
function statusOf({ status }: KafkaTopic): KafkaTopic['status'] | undefined {
  return status;
}

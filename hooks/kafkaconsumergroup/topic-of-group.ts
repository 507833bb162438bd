import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import type { KafkaTopic } from '../../contract/generated/kafkatopic.ts';
import { topicObjectName } from '../../contract/names.ts';
import { conditionNamed } from '../conditions.ts';
import type { Fault } from '../kafka-secret.ts';
import type { ObjectGroups } from '../metacontroller.ts';
import { observedNamed } from '../observed.ts';

/** Name of the KafkaTopic of a group's channel; undefined for a group that was made without one. */
export function topicOfGroup({ spec }: KafkaConsumerGroup): string | undefined {
  const [namespace, name] = spec.channel?.split('/') ?? [];
  return namespace && name ? topicObjectName({ namespace, name }) : undefined;
}

/** Why a group has to wait for its topic; undefined where it need not. */
export function topicFault(group: KafkaConsumerGroup, related: ObjectGroups | null): Fault | undefined {
  const name = topicOfGroup(group);
  if (name === undefined) return undefined;
  const topic = observedNamed(related, 'KafkaTopic.knative-kafka.io', group.metadata.namespace ?? '', name);
  if (conditionNamed((topic as { status?: KafkaTopic['status'] } | undefined)?.status?.conditions, 'Ready')?.status === 'True') return undefined;
  return { reason: 'TopicNotReady', message: `waiting for KafkaTopic "${name}" to be Ready` };
}

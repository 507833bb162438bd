import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import { topicObjectName } from '../../contract/names.ts';
import { isReady, topicNotReady } from '../kafka-object-check.ts';
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
  return isReady(topic) ? undefined : topicNotReady(name);
}

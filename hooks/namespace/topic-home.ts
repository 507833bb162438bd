import type { KafkaTopic } from '../../contract/generated/kafkatopic.ts';
import type { ChannelKey } from '../../contract/names.ts';
import { topicName, topicObjectName } from '../../contract/names.ts';
import type { HooksConfig } from '../config.ts';
import type { ObjectGroups } from '../metacontroller.ts';
import { compareText, isLookedFor, observed, observedNamed } from '../observed.ts';
import type { StrimziCluster } from '../strimzi-topic.ts';
import { clusterOf, readStrimziTopic } from '../strimzi-topic.ts';
import { isDeletedWithObject } from '../topic-spec.ts';

/** The KafkaTopic that a channel has, in the form of ours. */
export interface ObservedTopic {
  readonly topic: KafkaTopic;
  /** Whose Topic Operator looks after it; undefined where our hooks do. */
  readonly strimzi: StrimziCluster | undefined;
}

/** Where there are two, for the topic goes from one to the other, the one that stays. */
export function observedTopic(attachments: ObjectGroups | null, channel: ChannelKey, { systemNamespace }: HooksConfig): ObservedTopic | undefined {
  const name = topicObjectName(channel);
  const own = observedNamed(attachments, 'KafkaTopic.knative-kafka.io', systemNamespace, name);
  const ofStrimzi = observed(attachments, 'KafkaTopic.kafka.strimzi.io')
    .filter(({ metadata }) => metadata.name === name)
    .sort((a, b) => compareText(a.metadata.namespace ?? '', b.metadata.namespace ?? ''))
    .map((object) => ({ topic: readStrimziTopic(object), strimzi: clusterOf(object) }));
  const all = [...ofStrimzi, ...(own ? [{ topic: own, strimzi: undefined }] : [])];
  return all.find(({ topic }) => topic.metadata.deletionTimestamp === undefined) ?? all[0];
}

export interface HomelessTopic {
  readonly channel: ChannelKey;
  readonly topic: string;
  readonly policy: KafkaTopic['spec']['policy'];
  /** Named by the Kafka Secret. */
  readonly strimzi: StrimziCluster | undefined;
}

/**
 * Whose Topic Operator looks after a channel's topic; undefined where our hooks do. It stays where it is as long as it would be deleted with the object that it has there.
 * A Topic Operator takes over what it finds, and deletes it: it gets only what is the channel's own by its name.
 */
export function topicHome({ channel, topic, policy, strimzi }: HomelessTopic, running: ObservedTopic | undefined, attachments: ObjectGroups | null): StrimziCluster | undefined {
  if (running && isDeletedWithObject(running.topic.spec)) return running.strimzi && strimzi?.namespace === running.strimzi.namespace ? strimzi : running.strimzi;
  const isOwn = policy === 'Managed' && topic === topicName(channel);
  return isOwn && isLookedFor(attachments, 'KafkaTopic.kafka.strimzi.io') ? strimzi : undefined;
}

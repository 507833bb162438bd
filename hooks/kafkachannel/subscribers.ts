import type { KafkaChannel, Subscriber, SubscriberStatus } from '../../contract/generated/kafkachannel.ts';
import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import type { KafkaTopic } from '../../contract/generated/kafkatopic.ts';
import type { ChannelKey } from '../../contract/names.ts';
import { topicObjectName } from '../../contract/names.ts';
import type { ChannelConfiguration } from '../channel-configuration.ts';
import type { SinkContext } from '../dead-letter-sink.ts';
import { servingOf } from '../delivery.ts';
import { isReady, kafkaObjectCheck, topicNotReady } from '../kafka-object-check.ts';
import { reasons } from '../../contract/reasons.ts';
import { subscriberGroups } from '../subscriber-group.ts';

/** What was observed of a channel on its Kafka. */
export interface KafkaObjects {
  readonly topic: KafkaTopic | undefined;
  readonly groups: readonly KafkaConsumerGroup[];
}

/** State of each subscriber in the order of the spec. Ready: its start offsets are committed, so from now on no event can be missed. */
export function subscriberStatuses(channel: KafkaChannel, configuration: ChannelConfiguration, objects: KafkaObjects, sinks: SinkContext): SubscriberStatus[] {
  const groups = new Map(subscriberGroups(channel).map(({ subscriber, group }) => [subscriber.uid, group]));
  return (channel.spec.subscribers ?? []).map((subscriber) => ({
    uid: subscriber.uid,
    ...(subscriber.generation !== undefined && { observedGeneration: subscriber.generation }),
    ...(readinessOfSpec(channel, configuration, subscriber, sinks) ?? readinessOfGroup(groups.get(subscriber.uid), configuration.channel, objects)),
  }));
}

type Readiness = Pick<SubscriberStatus, 'ready' | 'message'>;

/** Undefined where its group decides. */
function readinessOfSpec(channel: KafkaChannel, configuration: ChannelConfiguration, subscriber: Subscriber, sinks: SinkContext): Readiness | undefined {
  const { fault } = servingOf(channel, subscriber, sinks);
  if (fault) return { ready: fault.stalls ? 'False' : 'Unknown', message: fault.message };
  if (configuration.kafkaSecret === undefined) return { ready: 'False', message: `the channel is not configured: ${configuration.fault?.message ?? ''}` };
  return undefined;
}

function readinessOfGroup(name: string | undefined, channel: ChannelKey, { topic, groups }: KafkaObjects): Readiness {
  if (name === undefined) return { ready: 'False', message: 'another Subscription of the channel has the same name, and groups are named by it: rename this one' };
  const object = groups.find(({ metadata }) => metadata.name === name);
  if (!object && !isReady(topic)) return { ready: 'Unknown', message: topicNotReady(topicObjectName(channel)).message };
  const { ok, reason, message } = kafkaObjectCheck('Ready', object, 'GroupPending', `KafkaConsumerGroup "${name}"`);
  if (ok) return { ready: 'True' };
  return { ready: reasons[reason].stalls ? 'False' : 'Unknown', ...(message && { message }) };
}

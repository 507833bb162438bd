import type { KafkaChannel, Subscriber, SubscriberStatus } from '../../contract/generated/kafkachannel.ts';
import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import { groupId } from '../../contract/names.ts';
import type { ChannelConfiguration } from '../channel-configuration.ts';
import type { Check } from '../conditions.ts';
import type { SinkContext } from '../dead-letter-sink.ts';
import { servingOf } from '../delivery.ts';
import { kafkaObjectCheck } from '../kafka-object-check.ts';
import { reasons } from '../../contract/reasons.ts';

/** State of each subscriber in the order of the spec. Ready: its start offsets are committed, so from now on no event can be missed. */
export function subscriberStatuses(channel: KafkaChannel, configuration: ChannelConfiguration, groups: readonly KafkaConsumerGroup[], sinks: SinkContext): SubscriberStatus[] {
  return (channel.spec.subscribers ?? []).map((subscriber) => ({
    uid: subscriber.uid,
    ...(subscriber.generation !== undefined && { observedGeneration: subscriber.generation }),
    ...readiness(channel, configuration, groups, subscriber, sinks),
  }));
}

function readiness(
  channel: KafkaChannel,
  configuration: ChannelConfiguration,
  groups: readonly KafkaConsumerGroup[],
  subscriber: Subscriber,
  sinks: SinkContext,
): Pick<SubscriberStatus, 'ready' | 'message'> {
  const { fault } = servingOf(channel, subscriber, sinks);
  if (fault) return { ready: fault.stalls ? 'False' : 'Unknown', message: fault.message };
  if (configuration.kafkaSecret === undefined) return { ready: 'False', message: `the channel is not configured: ${configuration.fault?.message ?? ''}` };
  return groupReadiness(groupCheck(configuration, groups, subscriber.uid));
}

function groupCheck({ channel }: ChannelConfiguration, groups: readonly KafkaConsumerGroup[], uid: string): Check {
  const name = groupId(channel, uid);
  const group = groups.find(({ metadata }) => metadata.name === name);
  return kafkaObjectCheck('Ready', group, 'GroupPending', `KafkaConsumerGroup "${name}"`);
}

function groupReadiness({ ok, reason, message }: Check): Pick<SubscriberStatus, 'ready' | 'message'> {
  if (ok) return { ready: 'True' };
  return { ready: reasons[reason].stalls ? 'False' : 'Unknown', ...(message && { message }) };
}

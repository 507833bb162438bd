import type { KafkaChannel, Subscriber, SubscriberStatus } from '../../contract/generated/kafkachannel.ts';
import type { ChannelKey } from '../../contract/names.ts';
import { topicObjectName } from '../../contract/names.ts';
import type { ChannelConfiguration } from '../channel-configuration.ts';
import type { ChannelState } from '../channel-state.ts';
import type { SinkContext } from '../dead-letter-sink.ts';
import { servingOf } from '../delivery.ts';
import { groupCheck, topicNotReady } from '../kafka-object-check.ts';
import { reasons } from '../../contract/reasons.ts';
import { subscriberGroups } from '../subscriber-group.ts';

/** State of each subscriber in the order of the spec. Ready: its start offsets are committed, so from now on no event can be missed. */
export function subscriberStatuses(channel: KafkaChannel, configuration: ChannelConfiguration, state: ChannelState | undefined, sinks: SinkContext): SubscriberStatus[] {
  const groups = new Map(subscriberGroups(channel).map(({ subscriber, group }) => [subscriber.uid, group]));
  return (channel.spec.subscribers ?? []).map((subscriber) => ({
    uid: subscriber.uid,
    ...(subscriber.generation !== undefined && { observedGeneration: subscriber.generation }),
    ...(readinessOfSpec(channel, configuration, subscriber, sinks) ?? readinessOfGroup(groups.get(subscriber.uid), configuration.channel, state)),
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

function readinessOfGroup(name: string | undefined, channel: ChannelKey, state: ChannelState | undefined): Readiness {
  if (name === undefined) return { ready: 'False', message: 'another Subscription of the channel has the same name, and groups are named by it: rename this one' };
  const found = state && Object.hasOwn(state.groups, name) ? state.groups[name] : undefined;
  if (!found && !state?.topicReady.ok) return { ready: 'Unknown', message: topicNotReady(topicObjectName(channel)).message };
  const { ok, reason, message } = found ?? groupCheck(name, undefined);
  if (ok) return { ready: 'True' };
  return { ready: reasons[reason].stalls ? 'False' : 'Unknown', ...(message && { message }) };
}

import type { KafkaTopic } from '../../contract/generated/kafkatopic.ts';
import { dispatcherName } from '../../contract/names.ts';
import type { ChannelState } from '../channel-state.ts';
import { findingOf } from '../channel-state.ts';
import { deploymentCheck, deploymentStarting } from '../deployment-check.ts';
import { groupCheck, topicCheck } from '../kafka-object-check.ts';
import type { ObjectGroups } from '../metacontroller.ts';
import { compareText, observedNamed } from '../observed.ts';
import { storedKafkaTopic } from '../stored-kafka-object.ts';
import { withKeysOf } from '../strimzi-topic.ts';
import { notedTopic, topicSpec } from '../topic-spec.ts';
import type { ChannelPlan } from './channel-plan.ts';
import type { ObservedTopic } from './topic-home.ts';

/** What was observed of a channel's children, for its status. */
export function channelState(plan: Omit<ChannelPlan, 'state'>, attachments: ObjectGroups | null): ChannelState {
  const { channel, key, groups, running, config: { systemNamespace } } = plan;
  const name = dispatcherName(key);
  const dispatcher = observedNamed(attachments, 'Deployment.apps', systemNamespace, name);
  const found = groups.map(({ group }) => {
    const object = observedNamed(attachments, 'KafkaConsumerGroup.knative-kafka.io', systemNamespace, group);
    return [group, findingOf(groupCheck(group, object))] as const;
  });
  return {
    topic: notedTopic(askedOf(running, topicSpec(channel, plan))),
    topicReady: findingOf(topicCheck(running?.topic)),
    dispatcherReady: findingOf(dispatcher ? deploymentCheck('DispatcherReady', name, dispatcher, channel.spec.dispatcher?.replicas) : deploymentStarting('DispatcherReady', name)),
    groups: Object.fromEntries(found.filter(([, { reason }]) => reason !== 'GroupPending').sort(([a], [b]) => compareText(a, b))),
  };
}

/** What a KafkaTopic asks for; what is wanted where it is not there, or cannot be read, which its own hook tells. */
function askedOf(running: ObservedTopic | undefined, wanted: KafkaTopic['spec']): KafkaTopic['spec'] {
  const stored = running && storedKafkaTopic(running.topic);
  if (!stored || stored.fault) return wanted;
  return running.strimzi ? withKeysOf(wanted, stored.object.spec) : stored.object.spec;
}

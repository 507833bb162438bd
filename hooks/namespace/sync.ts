import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import { annotation, topicObjectName } from '../../contract/names.ts';
import type { RunningTopic } from '../channel-configuration.ts';
import { channelConfiguration } from '../channel-configuration.ts';
import type { Child } from '../children.ts';
import { answeredChildren } from '../children.ts';
import type { HooksConfig } from '../config.ts';
import { UndecidedError } from '../hook-error.ts';
import { isReady } from '../kafka-object-check.ts';
import type { Secret } from '../kafka-secret.ts';
import type { DecoratorAnswer, DecoratorRequest, ObjectGroups } from '../metacontroller.ts';
import { demandObserved, observed, observedNamed } from '../observed.ts';
import type { StoredChannel } from '../stored-channel.ts';
import { storedChannel } from '../stored-channel.ts';
import { subscriberGroups } from '../subscriber-group.ts';
import type { ChannelPlan } from './channel-plan.ts';
import { dispatcherConfigMap, dispatcherFile } from './configmap.ts';
import { dispatcherDeployment } from './deployment.ts';
import { kafkaConsumerGroup } from './kafkaconsumergroup.ts';
import { topicOfChannel } from './kafkatopic.ts';
import { channelState } from './state.ts';
import type { ObservedTopic } from './topic-home.ts';
import { observedTopic, topicHome } from './topic-home.ts';

/** The channels of a namespace -> what runs for them in the system namespace. A channel being deleted is still listed until it is gone: its children go. */
export function syncNamespace({ object, attachments, related }: DecoratorRequest, config: HooksConfig): DecoratorAnswer {
  demandObserved(related, 'KafkaChannel.messaging.knative.dev', 'Secret');
  const secrets = observed(related, 'Secret');
  const channels = observed(related, 'KafkaChannel.messaging.knative.dev');
  const children = channels
    .filter(({ metadata }) => metadata.namespace === object.metadata.name && metadata.deletionTimestamp === undefined)
    .map((channel) => channelPlan(storedChannel(channel), secrets, attachments, config))
    .filter((plan) => plan !== undefined)
    .flatMap(childrenOf);
  return { attachments: answeredChildren(children, attachments) };
}

function childrenOf(plan: ChannelPlan): Child[] {
  return [topicOfChannel(plan), ...plan.groups.map((planned) => kafkaConsumerGroup(plan, planned)), dispatcherConfigMap(plan), dispatcherDeployment(plan)];
}

/** Undefined for a channel that cannot be run and does not run yet: its neighbours are decided as usual (C4). */
function channelPlan(stored: StoredChannel, secrets: readonly Secret[], attachments: ObjectGroups | null, config: HooksConfig): ChannelPlan | undefined {
  const { channel } = stored;
  const key = { namespace: channel.metadata.namespace ?? '', name: channel.metadata.name };
  const { systemNamespace } = config;
  const running = observedTopic(attachments, key, config);
  const { topic, topicConfig, partitions, caps, kafkaSecret, strimzi } = channelConfiguration(stored, secrets, running && runningTopic(running), systemNamespace);
  if (kafkaSecret === undefined) return undefined;
  if (kafkaSecret === '') throw new UndecidedError(`KafkaTopic "${topicObjectName(key)}" of Strimzi has lost annotation ${annotation.usedSecret}`, 'annotate it with the name of its Kafka Secret');
  const home = topicHome({ channel: key, topic, policy: channel.spec.topic?.policy ?? 'Managed', strimzi }, running, attachments);
  // Before its topic is Ready, a group could only say that it waits. One that is there stays.
  const isMade = (group: string): boolean => isReady(running?.topic) || observedGroup(attachments, systemNamespace, group) !== undefined;
  const groups = subscriberGroups(channel).flatMap(({ subscriber, group }) => (group !== undefined && isMade(group) ? [{ subscriber, group }] : []));
  const started = (group: string): boolean => isStarted(attachments, systemNamespace, group);
  const plan = { channel, key, topic, topicConfig, partitions, caps, kafkaSecret, strimzi: home, running, groups, dispatcherFile: dispatcherFile(channel, topic, groups, started, config), config };
  return { ...plan, state: channelState(plan, attachments) };
}

function runningTopic({ topic: { metadata, spec }, strimzi }: ObservedTopic): RunningTopic {
  return { ...spec, topicName: metadata.deletionTimestamp === undefined ? spec.topicName : undefined, strimzi };
}

/** A group that is being reset has to be left by its dispatcher: an active group takes no offsets. */
function isStarted(attachments: ObjectGroups | null, systemNamespace: string, name: string): boolean {
  const group = observedGroup(attachments, systemNamespace, name);
  const status: Partial<KafkaConsumerGroup['status']> | undefined = group?.status;
  return status?.initialized === true && status.resetting === undefined && group?.metadata.deletionTimestamp === undefined;
}

function observedGroup(attachments: ObjectGroups | null, systemNamespace: string, name: string): KafkaConsumerGroup | undefined {
  return observedNamed(attachments, 'KafkaConsumerGroup.knative-kafka.io', systemNamespace, name);
}

import type { KafkaChannel } from '../../contract/generated/kafkachannel.ts';
import type { ChannelKey } from '../../contract/names.ts';
import { annotation, channelHost, channelServiceName, dispatcherName, receiverName } from '../../contract/names.ts';
import type { ObjectMeta } from '../../contract/object-meta.ts';
import type { ChannelConfiguration, RunningTopic } from '../channel-configuration.ts';
import { channelConfiguration } from '../channel-configuration.ts';
import type { ChannelState } from '../channel-state.ts';
import { notedChannelState, notedFinding } from '../channel-state.ts';
import { answeredChildren } from '../children.ts';
import { conditionsOf } from '../conditions.ts';
import type { HooksConfig } from '../config.ts';
import { observedAddress } from '../addressables.ts';
import type { SinkAddress, SinkContext } from '../dead-letter-sink.ts';
import { isAskedFor, noteOfRead, resolveDeadLetterSink } from '../dead-letter-sink.ts';
import { isFault } from '../kafka-secret.ts';
import type { CompositeAnswer, CompositeRequest, ObjectGroups } from '../metacontroller.ts';
import { demandObserved, observed, observedNamed } from '../observed.ts';
import type { StoredChannel } from '../stored-channel.ts';
import { storedChannel } from '../stored-channel.ts';
import { topicSpec } from '../topic-spec.ts';
import type { ChannelObservations } from './checks.ts';
import { channelChecks } from './checks.ts';
import { channelService } from './service.ts';
import { subscriberStatuses } from './subscribers.ts';

type Status = KafkaChannel['status'];

/** A channel and what was observed of it -> its Service and its status. */
export function syncKafkaChannel(request: CompositeRequest<KafkaChannel>, config: HooksConfig, now: string): CompositeAnswer {
  const { related } = request;
  demandObserved(related, 'Secret', 'ConfigMap', 'Service');
  const stored = storedChannel(request.parent);
  const parent = stored.channel;
  const sinks: SinkContext = { channel: keyOf(parent), config, read: (kind, namespace, name) => observedAddress(kind, related, namespace, name) };
  const seen = observations({ ...request, parent }, stored, sinks, config);
  const { configuration, wantedService, serviceTaken, address, deadLetterSink } = seen;
  const subscribers = subscriberStatuses(parent, configuration, seen.state, sinks);
  const status: Status = {
    ...(parent.metadata.generation !== undefined && { observedGeneration: parent.metadata.generation }),
    annotations: statusAnnotations(parent, configuration, sinks),
    ...(address !== undefined && { address: { name: 'http', url: address }, addresses: [{ name: 'http', url: address }] }),
    ...(deadLetterSink && !isFault(deadLetterSink) && sinkStatus(deadLetterSink)),
    ...(subscribers.length > 0 && { subscribers }),
    conditions: conditionsOf(channelChecks(seen), observedStatus(parent)?.conditions, now),
  };
  return { status, children: answeredChildren(wantedService && !serviceTaken ? [wantedService] : [], request.children) };
}

function statusAnnotations({ spec }: KafkaChannel, { topic, kafkaSecret }: ChannelConfiguration, sinks: SinkContext): Record<string, string> {
  const ref = spec.delivery?.deadLetterSink?.ref;
  const note = ref && noteOfRead(ref, sinks);
  return { [annotation.defaultTopic]: topic, ...(kafkaSecret !== undefined && { [annotation.usedSecret]: kafkaSecret }), ...(note !== undefined && { [annotation.deadLetterSink]: note }) };
}

function observations({ parent, children, related }: CompositeRequest<KafkaChannel>, stored: StoredChannel, sinks: SinkContext, config: HooksConfig): ChannelObservations {
  const { systemNamespace, clusterDomain } = config;
  const channel = sinks.channel;
  const state = notedChannelState(observedNamed(related, 'ConfigMap', systemNamespace, dispatcherName(channel)));
  const configuration = channelConfiguration(stored, observed(related, 'Secret'), state && runningTopic(state), systemNamespace);
  const { kafkaSecret } = configuration;
  const service = observedNamed(children, 'Service', channel.namespace, channelServiceName(channel.name));
  const serviceTaken = service === undefined && isForeign(observedNamed(related, 'Service', channel.namespace, channelServiceName(channel.name)), parent);
  const sink = parent.spec.delivery?.deadLetterSink;
  const hasAddress = kafkaSecret !== undefined && !serviceTaken && (service !== undefined || observedStatus(parent)?.address !== undefined);
  return {
    configuration,
    state,
    service,
    serviceTaken,
    ...ofItsKafka(parent, configuration, related, config),
    deadLetterSink: isAskedFor(sink) ? resolveDeadLetterSink(sink, sinks) : undefined,
    address: hasAddress ? `http://${channelHost(channel, clusterDomain)}` : undefined,
  };
}

function runningTopic({ topic, topicReady }: ChannelState): RunningTopic {
  return { ...topic, topicName: topicReady.reason === 'Deleting' ? undefined : topic.topicName };
}

/** What follows from the Kafka that a channel is run on; nothing where it is not run. */
function ofItsKafka(parent: KafkaChannel, configuration: ChannelConfiguration, related: ObjectGroups | null, config: HooksConfig): Pick<ChannelObservations, 'wantedTopic' | 'wantedService' | 'receiver'> {
  const { channel, kafkaSecret } = configuration;
  if (kafkaSecret === undefined) return { wantedTopic: undefined, wantedService: undefined, receiver: undefined };
  return {
    wantedTopic: topicSpec(parent, { ...configuration, kafkaSecret }),
    wantedService: channelService(channel, kafkaSecret, config),
    receiver: notedFinding(observedNamed(related, 'Service', config.systemNamespace, receiverName(kafkaSecret))),
  };
}

function keyOf({ metadata }: KafkaChannel): ChannelKey {
  return { namespace: metadata.namespace ?? '', name: metadata.name };
}

function sinkStatus({ uri, CACerts, audience }: SinkAddress): Pick<Status, 'deadLetterSinkUri' | 'deadLetterSinkCACerts' | 'deadLetterSinkAudience'> {
  return { deadLetterSinkUri: uri, ...(CACerts && { deadLetterSinkCACerts: CACerts }), ...(audience && { deadLetterSinkAudience: audience }) };
}

/** One that is going, or was made for a channel of the same name before, makes room by itself. */
function isForeign(service: { metadata: ObjectMeta } | undefined, { kind, metadata: { name } }: KafkaChannel): boolean {
  if (service === undefined || service.metadata.deletionTimestamp !== undefined) return false;
  return !(service.metadata.ownerReferences ?? []).some((owner) => owner.kind === kind && owner.name === name);
}

/** Absent before the first sync on servers that do not fill in defaults of status. */
function observedStatus(parent: KafkaChannel): Status | undefined {
  return parent.status;
}

import type { Service } from 'kubernetes-types/core/v1.js';

import type { KafkaTopic } from '../../contract/generated/kafkatopic.ts';
import { channelServiceName, dispatcherName, receiverName } from '../../contract/names.ts';
import type { ChannelConfiguration } from '../channel-configuration.ts';
import type { ChannelState, Finding } from '../channel-state.ts';
import type { Check } from '../conditions.ts';
import type { SinkAddress } from '../dead-letter-sink.ts';
import { deploymentCheck, deploymentStarting } from '../deployment-check.ts';
import { topicCheck } from '../kafka-object-check.ts';
import type { Fault } from '../kafka-secret.ts';
import { isFault } from '../kafka-secret.ts';
import { asksFor } from '../topic-spec.ts';

/** What was observed of a channel. */
export interface ChannelObservations {
  readonly configuration: ChannelConfiguration;
  /** Undefined until it is noted. */
  readonly state: ChannelState | undefined;
  /** What the KafkaTopic is to ask for; undefined where the channel is not run. */
  readonly wantedTopic: KafkaTopic['spec'] | undefined;
  readonly service: Service | undefined;
  readonly wantedService: Service | undefined;
  /** Somebody else's Service has the name. */
  readonly serviceTaken: boolean;
  readonly receiver: Finding | undefined;
  readonly address: string | undefined;
  /** Of the channel's own delivery; undefined where none is asked for. */
  readonly deadLetterSink: SinkAddress | Fault | undefined;
}

/** The chain that Ready is the fold of, the first cause first; the last ones are told only. */
export function channelChecks(seen: ChannelObservations): Check[] {
  const checks = [configurationCheck(seen), topicReadyCheck(seen), serviceCheck(seen), receiverCheck(seen), addressCheck(seen), dispatcherCheck(seen)];
  return seen.deadLetterSink ? [...checks, deadLetterCheck(seen.deadLetterSink)] : checks;
}

function configurationCheck({ configuration: { fault } }: ChannelObservations): Check {
  return { type: 'ConfigurationReady', ok: !fault, ...(fault ?? { reason: 'Ready' }) };
}

function notConfigured(type: string): Check {
  return { type, ok: false, reason: 'NotConfigured', message: 'waiting for the channel to be configured' };
}

/** A KafkaTopic that is Ready, or refused, for what was asked before says nothing of what is asked now. */
function topicReadyCheck({ state, wantedTopic }: ChannelObservations): Check {
  const type = 'TopicReady';
  if (!wantedTopic) return notConfigured(type);
  const isLate = state && state.topicReady.reason !== 'Deleting' && !asksFor(state.topic, wantedTopic);
  return state && !isLate ? { type, ...state.topicReady } : topicCheck(undefined);
}

function serviceCheck({ configuration, service, wantedService, serviceTaken }: ChannelObservations): Check {
  const type = 'ChannelServiceReady';
  if (configuration.kafkaSecret === undefined) return notConfigured(type);
  if (service && service.spec?.externalName === wantedService?.spec?.externalName) return { type, ok: true, reason: 'Ready' };
  const name = channelServiceName(configuration.channel.name);
  if (serviceTaken) return { type, ok: false, reason: 'ServiceTaken', message: `Service "${name}" is there and is not this channel's: delete it, or make the channel under another name` };
  return { type, ok: false, reason: 'ServicePending', message: `waiting for Service "${name}"` };
}

function receiverCheck({ configuration, receiver }: ChannelObservations): Check {
  if (configuration.kafkaSecret === undefined) return notConfigured('ReceiverReady');
  return receiver ? { type: 'ReceiverReady', ...receiver } : deploymentCheck('ReceiverReady', receiverName(configuration.kafkaSecret), undefined);
}

function addressCheck({ configuration, address }: ChannelObservations): Check {
  const type = 'Addressable';
  if (address !== undefined) return { type, ok: true, reason: 'Ready' };
  if (configuration.kafkaSecret === undefined) return notConfigured(type);
  return { type, ok: false, reason: 'AddressPending', message: 'waiting for the Service that gives the address' };
}

function dispatcherCheck({ configuration, state }: ChannelObservations): Check {
  const type = 'DispatcherReady';
  if (configuration.kafkaSecret === undefined) return { ...notConfigured(type), info: true };
  return { ...(state ? { type, ...state.dispatcherReady } : deploymentStarting(type, dispatcherName(configuration.channel))), info: true };
}

function deadLetterCheck(sink: SinkAddress | Fault): Check {
  return { type: 'DeadLetterSinkResolved', info: true, ...(isFault(sink) ? { ok: false, ...sink } : { ok: true, reason: 'Ready' }) };
}

import type { ConfigMap } from 'kubernetes-types/core/v1.js';

import type { DispatcherFile, SubscriptionSpec } from '../../contract/dispatcher-file.ts';
import { dispatcherFileName, formatDispatcherFile } from '../../contract/dispatcher-file.ts';
import type { KafkaChannel } from '../../contract/generated/kafkachannel.ts';
import { annotation, applicationName, channelLabels, dispatcherName, label } from '../../contract/names.ts';
import { stateNote } from '../channel-state.ts';
import type { HooksConfig } from '../config.ts';
import type { SinkContext } from '../dead-letter-sink.ts';
import { addressInNote } from '../dead-letter-sink.ts';
import { servingOf } from '../delivery.ts';
import { compareText } from '../observed.ts';
import type { ChannelPlan, PlannedGroup } from './channel-plan.ts';

/** The file that tells a dispatcher what to run, whose change never restarts a pod; and a note of the channel's state, for the hook that tells it. */
export function dispatcherConfigMap({ key, dispatcherFile, state, config }: ChannelPlan): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      namespace: config.systemNamespace,
      name: dispatcherName(key),
      labels: { ...channelLabels(key), [label.name]: applicationName, [label.component]: 'dispatcher' },
      annotations: stateNote(state),
    },
    data: { [dispatcherFileName]: formatDispatcherFile(dispatcherFile) },
  };
}

/** `started` says whether a group has its offsets, and takes no others: an active group takes none, so no dispatcher may join before. */
export function dispatcherFile(channel: KafkaChannel, topic: string, groups: readonly PlannedGroup[], started: (group: string) => boolean, config: HooksConfig): DispatcherFile {
  const { namespace = '', name } = channel.metadata;
  const sinks = sinkContext(channel, config);
  const subscriptions = groups
    .filter(({ group }) => started(group))
    .map((planned) => subscription(channel, planned, sinks))
    .filter((found) => found !== undefined);
  return { channel: { namespace, name }, topic, subscriptions: subscriptions.sort((a, b) => compareText(a.uid, b.uid)) };
}

function subscription(channel: KafkaChannel, { subscriber, group }: PlannedGroup, sinks: SinkContext): SubscriptionSpec | undefined {
  const { delivery, held } = servingOf(channel, subscriber, sinks);
  if (held) return undefined;
  const { uid, name, subscriberUri, replyUri } = subscriber;
  return {
    uid,
    name: name || uid,
    group,
    ...(subscriberUri !== undefined && { subscriberUri }),
    ...(replyUri !== undefined && { replyUri }),
    deliveryOrder: channel.spec.dispatcher?.deliveryOrder ?? 'ordered',
    maxInFlight: channel.spec.dispatcher?.maxInFlight ?? 64,
    delivery,
  };
}

/** A sink that has to be read is read by the channel's own hook: its status says of which object it has which address. */
function sinkContext({ metadata, status }: KafkaChannel, config: HooksConfig): SinkContext {
  const note: unknown = (status as KafkaChannel['status'] | undefined)?.annotations?.[annotation.deadLetterSink];
  return { channel: { namespace: metadata.namespace ?? '', name: metadata.name }, config, read: (kind, namespace, name) => addressInNote(note, kind, namespace, name) };
}

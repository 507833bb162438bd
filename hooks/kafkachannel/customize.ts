import type { KafkaChannel } from '../../contract/generated/kafkachannel.ts';
import type { ChannelKey } from '../../contract/names.ts';
import { applicationName, channelServiceName, dispatcherName, label } from '../../contract/names.ts';
import { addressableRule } from '../addressables.ts';
import type { HooksConfig } from '../config.ts';
import { kindToRead, namespaceOf } from '../dead-letter-sink.ts';
import type { CustomizeAnswer, CustomizeRequest, RelatedRule } from '../metacontroller.ts';
import { storedChannel } from '../stored-channel.ts';

/**
 * To tell the state of a channel: whoever's Service has its Service's name, the ConfigMap that notes how its topic, groups and dispatcher are, and every receiver's Service, for which one is its own depends on the Secrets.
 * Never the topics, groups and Deployments themselves: Metacontroller holds each event of a kind that is related against the rules of all channels (ADR 16).
 */
export function customizeKafkaChannel({ parent }: CustomizeRequest<KafkaChannel>, config: HooksConfig): CustomizeAnswer {
  const { systemNamespace: namespace } = config;
  const channel = { namespace: parent.metadata.namespace ?? '', name: parent.metadata.name };
  const stored = storedChannel(parent).channel;
  const receivers = { [label.name]: applicationName, [label.component]: 'receiver' };
  return {
    relatedResources: [
      { apiVersion: 'v1', resource: 'services', namespace: channel.namespace, names: [channelServiceName(channel.name)] },
      { apiVersion: 'v1', resource: 'services', namespace, labelSelector: { matchLabels: receivers } },
      { apiVersion: 'v1', resource: 'configmaps', namespace, names: [dispatcherName(channel)] },
      { apiVersion: 'v1', resource: 'secrets', namespace, labelSelector: { matchLabels: { [label.kafkaSecret]: 'true' } } },
      ...deadLetterSinkRules(stored, channel, config),
    ],
  };
}

/** The dead letter sink, where it is of a kind that is read. */
function deadLetterSinkRules(stored: KafkaChannel, channel: ChannelKey, config: HooksConfig): RelatedRule[] {
  const ref = stored.spec.delivery?.deadLetterSink?.ref;
  const kind = ref && kindToRead(ref, { channel, config });
  return ref?.name && kind ? [addressableRule(kind, namespaceOf(ref, channel), ref.name)] : [];
}

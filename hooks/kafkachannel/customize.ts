import type { KafkaChannel } from '../../contract/generated/kafkachannel.ts';
import type { ChannelKey } from '../../contract/names.ts';
import { applicationName, channelServiceName, dispatcherName, kafkaApiVersion, label, topicObjectName } from '../../contract/names.ts';
import { addressableRule } from '../addressables.ts';
import type { HooksConfig } from '../config.ts';
import { kindToRead, namespaceOf } from '../dead-letter-sink.ts';
import type { CustomizeAnswer, CustomizeRequest, RelatedRule } from '../metacontroller.ts';
import { storedChannel } from '../stored-channel.ts';
import { subscriberGroups } from '../subscriber-group.ts';

/** To tell the state of a channel: whoever's Service has its Service's name, what runs for it in the system namespace, and every receiver, for which one is its own depends on the Secrets. */
export function customizeKafkaChannel({ parent }: CustomizeRequest<KafkaChannel>, config: HooksConfig): CustomizeAnswer {
  const { systemNamespace: namespace } = config;
  const channel = { namespace: parent.metadata.namespace ?? '', name: parent.metadata.name };
  const stored = storedChannel(parent).channel;
  const receivers = { [label.name]: applicationName, [label.component]: 'receiver' };
  return {
    relatedResources: [
      { apiVersion: 'v1', resource: 'services', namespace: channel.namespace, names: [channelServiceName(channel.name)] },
      { apiVersion: kafkaApiVersion, resource: 'kafkatopics', namespace, names: [topicObjectName(channel)] },
      ...groupRules(stored, namespace),
      { apiVersion: 'apps/v1', resource: 'deployments', namespace, names: [dispatcherName(channel)] },
      { apiVersion: 'apps/v1', resource: 'deployments', namespace, labelSelector: { matchLabels: receivers } },
      { apiVersion: 'v1', resource: 'secrets', namespace, labelSelector: { matchLabels: { [label.kafkaSecret]: 'true' } } },
      ...deadLetterSinkRules(stored, channel, config),
    ],
  };
}

/** Its groups by name: for a label, Metacontroller would look through the groups of all channels at each sync. No names would mean all. */
function groupRules(stored: KafkaChannel, namespace: string): RelatedRule[] {
  const names = subscriberGroups(stored).flatMap(({ group }) => group ?? []);
  return names.length > 0 ? [{ apiVersion: kafkaApiVersion, resource: 'kafkaconsumergroups', namespace, names }] : [];
}

/** The dead letter sink, where it is of a kind that is read. */
function deadLetterSinkRules(stored: KafkaChannel, channel: ChannelKey, config: HooksConfig): RelatedRule[] {
  const ref = stored.spec.delivery?.deadLetterSink?.ref;
  const kind = ref && kindToRead(ref, { channel, config });
  return ref?.name && kind ? [addressableRule(kind, namespaceOf(ref, channel), ref.name)] : [];
}

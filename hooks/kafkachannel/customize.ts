import type { KafkaChannel } from '../../contract/generated/kafkachannel.ts';
import { applicationName, channelLabels, channelServiceName, dispatcherName, kafkaApiVersion, label, topicObjectName } from '../../contract/names.ts';
import type { Addressable } from '../addressables.ts';
import { addressableOf, addressableRule } from '../addressables.ts';
import type { HooksConfig } from '../config.ts';
import type { CustomizeAnswer, CustomizeRequest, RelatedRule } from '../metacontroller.ts';
import { storedChannel } from '../stored-channel.ts';

/** To tell the state of a channel: whoever's Service has its Service's name, what runs for it in the system namespace, and every receiver, for which one is its own depends on the Secrets. */
export function customizeKafkaChannel({ parent }: CustomizeRequest<KafkaChannel>, { systemNamespace: namespace, addressables }: HooksConfig): CustomizeAnswer {
  const channel = { namespace: parent.metadata.namespace ?? '', name: parent.metadata.name };
  const receivers = { [label.name]: applicationName, [label.component]: 'receiver' };
  return {
    relatedResources: [
      { apiVersion: 'v1', resource: 'services', namespace: channel.namespace, names: [channelServiceName(channel.name)] },
      { apiVersion: kafkaApiVersion, resource: 'kafkatopics', namespace, names: [topicObjectName(channel)] },
      { apiVersion: kafkaApiVersion, resource: 'kafkaconsumergroups', namespace, labelSelector: { matchLabels: channelLabels(channel) } },
      { apiVersion: 'apps/v1', resource: 'deployments', namespace, names: [dispatcherName(channel)] },
      { apiVersion: 'apps/v1', resource: 'deployments', namespace, labelSelector: { matchLabels: receivers } },
      { apiVersion: 'v1', resource: 'secrets', namespace, labelSelector: { matchLabels: { [label.kafkaSecret]: 'true' } } },
      ...deadLetterSinkRules(parent, addressables),
    ],
  };
}

/** The dead letter sink, where it is of a kind that is read. */
function deadLetterSinkRules(parent: KafkaChannel, addressables: readonly Addressable[]): RelatedRule[] {
  const { metadata, spec } = storedChannel(parent).channel;
  const ref = spec.delivery?.deadLetterSink?.ref;
  const addressable = ref && addressableOf(ref, addressables);
  return ref?.name && addressable ? [addressableRule(addressable, ref.namespace ?? metadata.namespace ?? '', ref.name)] : [];
}

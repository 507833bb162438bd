import { label, messagingApiVersion } from '../../contract/names.ts';
import type { HooksConfig } from '../config.ts';
import type { CustomizeAnswer, CustomizeRequest } from '../metacontroller.ts';

/** To decide on a namespace: its KafkaChannels, and the Secrets that describe Kafkas. */
export function customizeNamespace({ parent }: CustomizeRequest, { systemNamespace }: HooksConfig): CustomizeAnswer {
  return {
    relatedResources: [
      { apiVersion: messagingApiVersion, resource: 'kafkachannels', namespace: parent.metadata.name, labelSelector: {} },
      { apiVersion: 'v1', resource: 'secrets', namespace: systemNamespace, labelSelector: { matchLabels: { [label.kafkaSecret]: 'true' } } },
    ],
  };
}

import { kafkaApiVersion, label } from '../../contract/names.ts';
import type { HooksConfig } from '../config.ts';
import type { CustomizeAnswer, CustomizeRequest } from '../metacontroller.ts';

/** To decide on a Kafka Secret: the KafkaTopics whose channels the receivers must be told of. Secrets elsewhere are not ours. */
export function customizeSecret({ parent }: CustomizeRequest, { systemNamespace }: HooksConfig): CustomizeAnswer {
  if (parent.metadata.namespace !== systemNamespace) return { relatedResources: [] };
  return { relatedResources: [{ apiVersion: kafkaApiVersion, resource: 'kafkatopics', namespace: systemNamespace, labelSelector: { matchLabels: { [label.routed]: 'true' } } }] };
}

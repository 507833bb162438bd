import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import { kafkaApiVersion } from '../../contract/names.ts';
import type { HooksConfig } from '../config.ts';
import { customizeKafkaObject } from '../kafka-object-secret.ts';
import type { CustomizeAnswer, CustomizeRequest } from '../metacontroller.ts';
import { storedKafkaConsumerGroup } from '../stored-kafka-object.ts';
import { topicOfGroup } from './topic-of-group.ts';

/** To look after a group: the Secret that says on which Kafka, and the KafkaTopic that it reads. */
export function customizeKafkaConsumerGroup({ parent }: CustomizeRequest<KafkaConsumerGroup>, config: HooksConfig): CustomizeAnswer {
  if (storedKafkaConsumerGroup(parent).fault) return { relatedResources: [] };
  const topic = topicOfGroup(parent);
  return customizeKafkaObject(parent, config, topic === undefined ? [] : [{ apiVersion: kafkaApiVersion, resource: 'kafkatopics', namespace: config.systemNamespace, names: [topic] }]);
}

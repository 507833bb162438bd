import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import type { HooksConfig } from '../config.ts';
import { customizeKafkaObject } from '../kafka-object-secret.ts';
import type { CustomizeAnswer, CustomizeRequest } from '../metacontroller.ts';
import { storedKafkaConsumerGroup } from '../stored-kafka-object.ts';

/** To look after a group: the Secret that says on which Kafka. Its topic is asked of Kafka. */
export function customizeKafkaConsumerGroup({ parent }: CustomizeRequest<KafkaConsumerGroup>, config: HooksConfig): CustomizeAnswer {
  if (storedKafkaConsumerGroup(parent).fault) return { relatedResources: [] };
  return customizeKafkaObject(parent, config);
}

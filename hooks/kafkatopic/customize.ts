import type { KafkaTopic } from '../../contract/generated/kafkatopic.ts';
import type { HooksConfig } from '../config.ts';
import { customizeKafkaObject } from '../kafka-object-secret.ts';
import type { CustomizeAnswer, CustomizeRequest } from '../metacontroller.ts';
import { storedKafkaTopic } from '../stored-kafka-object.ts';

/** To look after a topic: the Secret that says on which Kafka. */
export function customizeKafkaTopic({ parent }: CustomizeRequest<KafkaTopic>, config: HooksConfig): CustomizeAnswer {
  if (storedKafkaTopic(parent).fault) return { relatedResources: [] };
  return customizeKafkaObject(parent, config);
}

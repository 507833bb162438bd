import type { KafkaConnection } from '../../contract/kafka-connection.ts';
import { clientOptions } from '../kafka/client-options.ts';
import { metadataLink } from '../kafka/metadata-link.ts';
import { ProduceError } from '../kafka/produce-error.ts';
import { Producer } from '../kafka/producer.ts';
import { producerLink } from '../kafka/producer-link.ts';
import { TopicDirectory } from '../kafka/topic-directory.ts';
import { TopicLimits } from '../kafka/topic-limits.ts';
import type { KafkaLog } from './kafka-log.ts';
import type { ReceiverMetrics } from './metrics.ts';

/** All that a receiver knows and has of the Kafka of one connection. */
export interface KafkaSession {
  readonly topics: TopicDirectory;
  readonly limits: TopicLimits;
  readonly producer: Producer;
  /** Asks Kafka for anything at all. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface KafkaSessionOptions {
  readonly connection: KafkaConnection;
  readonly produceTimeoutMs: number;
  readonly said: KafkaLog;
  readonly metrics: ReceiverMetrics;
}

export function openKafkaSession({ connection, produceTimeoutMs, said, metrics }: KafkaSessionOptions): KafkaSession {
  const options = clientOptions(connection, 'kafkachannel-receiver');
  const metadata = metadataLink(options);
  const limits = new TopicLimits((topic) => metadata.describeLimit(topic));
  const topics = new TopicDirectory((topic) => metadata.describeTopic(topic).catch((error: unknown) => {
    if (error instanceof ProduceError) said.hidden(topic, error);
    throw error;
  }));
  const producer = new Producer({
    link: producerLink(options),
    leaders: topics,
    topicLimit: (topic) => limits.of(topic),
    deliveryTimeoutMs: produceTimeoutMs,
    onTrouble: (error) => void said.noAnswer(error),
    onAnswer: () => said.answer(),
    onRejection: (topic, why) => said.rejection(topic, why),
    onBatch: (records, seconds) => metrics.produced(records, seconds),
  });
  return {
    topics,
    limits,
    producer,
    ping: () => metadata.ping(),
    close: async () => {
      await Promise.all([producer.close(), metadata.close()]);
    },
  };
}

import { recordOfEvent } from '../dataplane/cloudevents/kafka.ts';
import { parseKafkaConnection } from '../contract/kafka-connection.ts';
import { clientOptions } from '../dataplane/kafka/client-options.ts';
import { metadataLink } from '../dataplane/kafka/metadata-link.ts';
import { Producer } from '../dataplane/kafka/producer.ts';
import { producerLink } from '../dataplane/kafka/producer-link.ts';
import { TopicDirectory } from '../dataplane/kafka/topic-directory.ts';
import type { NumberedEvents } from './arrivals.ts';
import { eventId } from './arrivals.ts';

export interface Filling extends NumberedEvents {
  readonly topic: string;
  readonly bytes: number;
}

const underWayAtMost = 5000;

/** Writes numbered events to an empty topic, each partition's in order, as a receiver writes them. */
export async function fillTopic(bootstrap: string, filling: Filling): Promise<void> {
  const options = clientOptions(parseKafkaConnection(new Map([['bootstrap.servers', bootstrap]])), 'bench');
  const metadata = metadataLink(options);
  const topics = new TopicDirectory((name) => metadata.describeTopic(name));
  const producer = new Producer({ link: producerLink(options), leaders: topics, deliveryTimeoutMs: 60_000 });
  await topics.partitions(filling.topic);
  const total = filling.partitions * filling.eventsPerPartition;
  const data = Buffer.alloc(filling.bytes, 'x');
  await new Promise<void>((resolve, reject) => {
    let next = 0;
    let stored = 0;
    const send = (): void => {
      for (; next < total && next - stored < underWayAtMost; next += 1) {
        const partition = next % filling.partitions;
        producer.send(filling.topic, partition, recordOf(filling, partition, Math.floor(next / filling.partitions), data), (error) => {
          stored += 1;
          if (error) reject(error);
          else if (stored === total) resolve();
          else if (next - stored < underWayAtMost / 2) send();
        });
      }
    };
    send();
  });
  await Promise.all([producer.close(), metadata.close()]);
}

function recordOf({ partitions, keysPerPartition }: Filling, partition: number, number: number, data: Buffer): ReturnType<typeof recordOfEvent> {
  const key = keysPerPartition === 0 ? 0 : (number % keysPerPartition) * partitions + partition;
  const attributes = new Map([['specversion', '1.0'], ['id', eventId(partition, key, number)], ['source', '/bench'], ['type', 'bench.event']]);
  if (keysPerPartition > 0) attributes.set('partitionkey', `key-${key}`);
  return recordOfEvent({ mode: 'binary', attributes, contentType: 'application/octet-stream', data }, []);
}

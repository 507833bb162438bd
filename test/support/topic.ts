import type { Message } from 'kafkajs';

import { eventually } from './eventually.ts';
import { kafkajsClient, withAdmin } from './kafkajs.ts';

/** A topic of its own that every broker knows of. */
export async function newTopic(bootstrap: string, partitions = 1, topic = `topic-${crypto.randomUUID()}`, config: Readonly<Record<string, string>> = {}): Promise<string> {
  await withAdmin(bootstrap, async (admin) => {
    await admin.createTopics({ topics: [{ topic, numPartitions: partitions, replicationFactor: 1, configEntries: Object.entries(config).map(([name, value]) => ({ name, value })) }], waitForLeaders: false });
    await eventually(`topic ${topic} has leaders`, async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] }).catch(() => ({ topics: [] }));
      return topics[0]?.partitions.length === partitions && topics[0].partitions.every(({ leader }) => leader >= 0);
    });
  });
  return topic;
}

/** An event in binary mode, as another client would write it by the Kafka protocol binding. */
export function anEvent(id: string, more: Partial<Message> & { attributes?: Record<string, string> } = {}): Message {
  const { attributes, ...message } = more;
  return {
    value: Buffer.from(`{"id":${JSON.stringify(id)}}`),
    ...message,
    headers: { ce_specversion: '1.0', ce_id: id, ce_source: '/test', ce_type: 'test.event', 'content-type': 'application/json', ...attributes, ...message.headers },
  };
}

/** Runs with a producer whose retries write nothing twice. */
export async function withWriter<T>(bootstrap: string, work: (write: (topic: string, messages: Message[]) => Promise<unknown>) => Promise<T>): Promise<T> {
  const producer = kafkajsClient(bootstrap).producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  try {
    return await work((topic, messages) => producer.send({ topic, messages }));
  } finally {
    await producer.disconnect();
  }
}

export async function writeRecords(bootstrap: string, topic: string, ...messages: Message[]): Promise<void> {
  await withWriter(bootstrap, (write) => write(topic, messages));
}

/** Committed offsets of a group by partition; `-1` where there is none. */
export async function committedOffsets(bootstrap: string, group: string, topic: string): Promise<number[]> {
  return await withAdmin(bootstrap, async (admin) => {
    const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
    return (found?.partitions ?? []).sort((a, b) => a.partition - b.partition).map(({ offset }) => Number(offset));
  });
}

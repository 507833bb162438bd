import type { Admin, KafkaConfig, Producer } from 'kafkajs';
import { Kafka, logLevel } from 'kafkajs';

/** Another Kafka client, as the independent witness: what we write it must read, and the reverse. */
export function kafkajsClient(bootstrap: string, options: Partial<KafkaConfig> = {}): Kafka {
  return new Kafka({ clientId: 'witness', brokers: [bootstrap], logLevel: logLevel.NOTHING, ...options });
}

/** Runs with a connected admin client. */
export async function withAdmin<T>(bootstrap: string, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafkajsClient(bootstrap).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Runs with a connected producer. */
export async function withProducer<T>(bootstrap: string, work: (producer: Producer) => Promise<T>): Promise<T> {
  const producer = kafkajsClient(bootstrap).producer();
  await producer.connect();
  try {
    return await work(producer);
  } finally {
    await producer.disconnect();
  }
}

export async function createTopic(bootstrap: string, topic: string, numPartitions = 1, replicationFactor = 1): Promise<void> {
  await withAdmin(bootstrap, (admin) => admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor }], waitForLeaders: true }));
}

/** Who leads each partition of a topic, in their order. */
export async function leadersOf(bootstrap: string, topic: string): Promise<number[]> {
  return await withAdmin(bootstrap, async (admin) => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return (topics[0]?.partitions ?? []).sort((a, b) => a.partitionId - b.partitionId).map(({ leader }) => leader);
  });
}

export interface WitnessedRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Headers by name, as text. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The first `count` records of a topic, by partition and offset; throws when they have not come within `limitMs`, saying how many had. */
export async function recordsOf(bootstrap: string, topic: string, count: number, limitMs = 20_000): Promise<WitnessedRecord[]> {
  const consumer = kafkajsClient(bootstrap).consumer({ groupId: `witness-${crypto.randomUUID()}` });
  const seen: WitnessedRecord[] = [];
  const { promise: complete, resolve } = Promise.withResolvers<boolean>();
  const patience = setTimeout(() => resolve(false), limitMs);
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: ({ partition, message }) => {
        const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)] as const);
        seen.push({ partition, offset: BigInt(message.offset), key: message.key, value: message.value, headers: Object.fromEntries(headers) });
        if (seen.length >= count) resolve(true);
        return Promise.resolve();
      },
    });
    if (!(await complete)) throw new Error(`topic ${topic}: ${seen.length} of ${count} records after ${limitMs} ms`);
  } finally {
    clearTimeout(patience);
    await consumer.disconnect();
  }
  return seen.sort((a, b) => a.partition - b.partition || Number(a.offset - b.offset));
}

/** Every record that a topic holds now. */
export async function allRecordsOf(bootstrap: string, topic: string): Promise<WitnessedRecord[]> {
  const offsets = await withAdmin(bootstrap, (admin) => admin.fetchTopicOffsets(topic));
  const count = offsets.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0);
  return count === 0 ? [] : await recordsOf(bootstrap, topic, count, 30_000 + 10 * count);
}

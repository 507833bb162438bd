import type { Admin, KafkaJSError } from 'kafkajs';

import { eventually } from '../support/eventually.ts';
import { kafkajsClient } from '../support/kafkajs.ts';
import type { WitnessedRecord } from '../support/kafkajs.ts';
import { digestOf } from './digest.ts';
import type { StoredRecord } from './history.ts';

type LogRanges = Awaited<ReturnType<Admin['fetchTopicOffsets']>>;

export interface TimedRecord extends WitnessedRecord {
  /** By the clock of the history. */
  readonly writtenAt: number;
}

async function withAdminOf<T>(brokers: readonly string[], work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafkajsClient('', { brokers: [...brokers] }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Three replicas, of which two must be in sync. */
export async function createTopic(brokers: readonly string[], topic: string, numPartitions: number): Promise<void> {
  await withAdminOf(brokers, (admin) => admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor: 3 }], waitForLeaders: false }));
  await eventually(`topic ${topic} has leaders`, async () => (await leaders(brokers, topic).catch(() => new Map())).size === numPartitions);
}

/** Leader of each partition that has one. */
export async function leaders(brokers: readonly string[], topic: string): Promise<Map<number, number>> {
  const { topics } = await withAdminOf(brokers, (admin) => admin.fetchTopicMetadata({ topics: [topic] }));
  return new Map((topics[0]?.partitions ?? []).filter(({ leader }) => leader > 0).map(({ partitionId, leader }) => [partitionId, leader]));
}

/** The offset after the last record of each partition. */
export async function logEnds(brokers: readonly string[], topic: string): Promise<Map<number, number>> {
  return new Map((await logRanges(brokers, topic)).map(({ partition, high }) => [partition, Number(high)]));
}

/** Asks again while leaders move, which the client does not do by itself here. */
async function logRanges(brokers: readonly string[], topic: string): Promise<LogRanges> {
  let trouble: unknown;
  const ask = (): Promise<LogRanges | undefined> => withAdminOf(brokers, (admin) => admin.fetchTopicOffsets(topic)).catch((error: unknown) => {
    const { retriable, message } = error as Partial<KafkaJSError>;
    if (retriable !== true) throw error;
    trouble = message;
    return undefined;
  });
  return await eventually(`the log of topic ${topic} is known`, ask, 30_000, () => trouble);
}

/** Number of partitions of a topic whose replicas are all in sync. */
export async function whole(brokers: readonly string[], topic: string): Promise<number> {
  const { topics } = await withAdminOf(brokers, (admin) => admin.fetchTopicMetadata({ topics: [topic] }));
  return (topics[0]?.partitions ?? []).filter(({ isr, replicas }) => isr.length === replicas.length).length;
}

/** Broker that coordinates the groups: with one partition of `__consumer_offsets` its leader. */
export async function coordinator(brokers: readonly string[]): Promise<number> {
  return (await leaders(brokers, '__consumer_offsets')).get(0) ?? 1;
}

/** The events that a topic holds now. */
export async function readTopic(brokers: readonly string[], topic: string): Promise<StoredRecord[]> {
  return (await readWhole(brokers, topic)).map(storedRecord);
}

/** Everything that a topic holds now, read by another client. */
export async function readWhole(brokers: readonly string[], topic: string, limitMs = 60_000): Promise<TimedRecord[]> {
  const ends = await logRanges(brokers, topic);
  const missing = new Map(ends.filter(({ low, high }) => low !== high).map(({ partition, high }) => [partition, Number(high)]));
  if (missing.size === 0) return [];
  const consumer = kafkajsClient('', { brokers: [...brokers] }).consumer({ groupId: `witness-${crypto.randomUUID()}` });
  const records: TimedRecord[] = [];
  const { promise: complete, resolve } = Promise.withResolvers<boolean>();
  const patience = setTimeout(() => resolve(false), limitMs);
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: ({ partition, message }) => {
        const headers = Object.fromEntries(Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]));
        records.push({ partition, offset: BigInt(message.offset), key: message.key, value: message.value, headers, writtenAt: Number(message.timestamp) - performance.timeOrigin });
        if (Number(message.offset) + 1 >= (missing.get(partition) ?? Infinity)) missing.delete(partition);
        if (missing.size === 0) resolve(true);
        return Promise.resolve();
      },
    });
    if (!(await complete)) throw new Error(`topic ${topic}: read ${records.length} records in ${limitMs} ms; partitions not read to the end: ${[...missing.keys()].join()}`);
  } finally {
    clearTimeout(patience);
    await consumer.disconnect();
  }
  return records;
}

export function storedRecord({ partition, offset, key, value, headers }: WitnessedRecord): StoredRecord {
  const id = headers['ce_id'] ?? '';
  const text = key?.toString();
  return { id, ...(text !== undefined && { key: text }), partition, offset: Number(offset), digest: digestOf(id, headers['ce_subject'], value ?? '') };
}

import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { RecordBatch, batchAt } from '../../dataplane/kafka/record-batches.ts';
import type { KafkaCluster } from '../support/kafka-cluster.ts';
import type { StoredRecord } from './history.ts';
import { storedRecord } from './topic-admin.ts';

const nodes = [1, 2, 3] as const;

/** What a topic held that was deleted less than a minute ago: for so long brokers keep the files of its logs, under another name. What one broker had counts. */
export async function readDeletedTopic(brokers: KafkaCluster, topic: string): Promise<StoredRecord[]> {
  const found = new Map<string, StoredRecord>();
  for (const node of nodes) for (const record of await deletedRecords(brokers.dataFolder(node), topic)) found.set(record.id, record);
  return [...found.values()];
}

async function deletedRecords(folder: string, topic: string): Promise<StoredRecord[]> {
  const isOfTopic = (name: string): boolean => name.startsWith(`${topic}-`) && name.endsWith('-delete');
  const logs = (await readdir(folder)).filter(isOfTopic);
  const read = await Promise.all(logs.map(async (log) => {
    const partition = Number(/-(\d+)\.[^.]+-delete$/.exec(log)?.[1]);
    const files = (await readdir(join(folder, log))).filter((name) => name.endsWith('.log')).sort();
    const segments = await Promise.all(files.map((name) => readFile(join(folder, log, name))));
    return segments.flatMap((bytes) => recordsOf(bytes, partition));
  }));
  return read.flat();
}

function recordsOf(bytes: Buffer, partition: number): StoredRecord[] {
  const records: StoredRecord[] = [];
  for (let position = 0, batch = batchAt(bytes, 0); batch && batch.length > 12; position += batch.length, batch = batchAt(bytes, position)) {
    for (const { offset, key, value, headers } of new RecordBatch(batch).records(0)) {
      const named = Object.fromEntries(headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1] ?? '']] : [])));
      records.push(storedRecord({ partition, offset: BigInt(offset), key: key === null ? null : Buffer.from(key, 'latin1'), value, headers: named }));
    }
  }
  return records;
}

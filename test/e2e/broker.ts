import type { Admin } from 'kafkajs';
import { Kafka, logLevel } from 'kafkajs';

/** Asks the broker with a client of the moment: one that is kept stumbles over topics that are gone. */
export async function askBroker<T>(bootstrap: string, question: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await question(admin);
  } finally {
    await admin.disconnect();
  }
}

export function topicsOf(bootstrap: string): Promise<string[]> {
  return askBroker(bootstrap, (admin) => admin.listTopics());
}

export async function groupsOf(bootstrap: string): Promise<string[]> {
  const { groups } = await askBroker(bootstrap, (admin) => admin.listGroups());
  return groups.map(({ groupId }) => groupId);
}

/** Committed offsets of a group by partition. */
export async function offsetsOf(bootstrap: string, groupId: string, topic: string): Promise<string[]> {
  const offsets = await askBroker(bootstrap, (admin) => admin.fetchOffsets({ groupId, topics: [topic] }));
  return (offsets[0]?.partitions ?? []).map(({ offset }) => offset);
}

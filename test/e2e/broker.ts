import type { Admin } from 'kafkajs';
import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';

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

/** Settings of a topic, defaults included. */
export async function settingsOf(bootstrap: string, topic: string): Promise<Record<string, string>> {
  const { resources } = await askBroker(bootstrap, (admin) => admin.describeConfigs({ includeSynonyms: false, resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }] }));
  return Object.fromEntries((resources[0]?.configEntries ?? []).map(({ configName, configValue }) => [configName, configValue]));
}

/** By partition: the first offset, the one after the last, and that of the first event since a time. */
export function topicOffsets(bootstrap: string, topic: string, since: number): Promise<{ first: number[]; end: number[]; since: number[] }> {
  return askBroker(bootstrap, async (admin) => {
    const offsets = (await admin.fetchTopicOffsets(topic)).sort((a, b) => a.partition - b.partition);
    const atTime = (await admin.fetchTopicOffsetsByTimestamp(topic, since)).sort((a, b) => a.partition - b.partition);
    return { first: offsets.map(({ low }) => Number(low)), end: offsets.map(({ high }) => Number(high)), since: atTime.map(({ offset }) => Number(offset)) };
  });
}

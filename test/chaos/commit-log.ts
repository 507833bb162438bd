import type { LoggedCommit } from './history.ts';
import { readWhole } from './topic-admin.ts';

const offsetsTopic = '__consumer_offsets';
/** Versions of the key of a record that holds a committed offset; others hold members. */
const mostOffsetKey = 1;

/** What groups have committed in a topic, each commit of it, in the order of the log that Kafka keeps of them: a broker that is behind may tell of older ones. */
export async function readCommits(brokers: readonly string[], topic: string, groups: ReadonlyMap<string, string>): Promise<LoggedCommit[]> {
  const subscriptions = new Map([...groups].map(([subscription, group]) => [group, subscription]));
  const records = await readWhole(brokers, offsetsTopic);
  return records.flatMap(({ key, value, writtenAt: at }) => {
    const of = key ? keyFrom(key) : undefined;
    const subscription = of && subscriptions.get(of.group);
    return subscription === undefined || of?.topic !== topic ? [] : [{ subscription, partition: of.partition, offset: value ? Number(value.readBigInt64BE(2)) : undefined, at }];
  });
}

function keyFrom(key: Buffer): { group: string; topic: string; partition: number } | undefined {
  if (key.readInt16BE(0) > mostOffsetKey) return undefined;
  const groupEnd = 4 + key.readInt16BE(2);
  const topicStart = groupEnd + 2;
  const topicEnd = topicStart + key.readInt16BE(groupEnd);
  return { group: key.toString('utf8', 4, groupEnd), topic: key.toString('utf8', topicStart, topicEnd), partition: key.readInt32BE(topicEnd) };
}

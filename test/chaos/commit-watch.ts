import type { Admin } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';

import { kafkajsClient } from '../support/kafkajs.ts';
import type { PartitionEnd, SeenCommit } from './history.ts';

export interface CommitWatch {
  readonly seen: readonly SeenCommit[];
  /** When offsets were moved by hand last. */
  readonly forgottenAt: number;
  /** Offsets have been moved by hand: what was seen before does not count. */
  forget(): void;
  /** Committed offsets of every group, and the ends of the log, as they are now; stops watching. */
  end(): Promise<PartitionEnd[]>;
}

const intervalMs = 300;

/** Looks at the committed offsets of groups, by subscription, until it is ended; while nobody answers it sees nothing. */
export function watchCommits(brokers: readonly string[], topic: string, groups: ReadonlyMap<string, string>): CommitWatch {
  const seen: SeenCommit[] = [];
  const last = new Map<string, number>();
  let forgottenAt = -Infinity;
  const stop = new AbortController();
  const admin = kafkajsClient('', { brokers: [...brokers], retry: { retries: 2 }, requestTimeout: 5000 }).admin();
  const watching = watch();

  async function watch(): Promise<void> {
    await admin.connect().catch(() => undefined);
    while (!stop.signal.aborted) {
      for (const [subscription, group] of groups) {
        const found = await committed(admin, group, topic).catch(() => []);
        const at = performance.now();
        for (const { partition, offset } of found) note({ subscription, partition, offset, at });
      }
      await delay(intervalMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  }

  function note(commit: SeenCommit): void {
    const of = `${commit.subscription} ${commit.partition}`;
    if (commit.offset < 0 || last.get(of) === commit.offset) return;
    last.set(of, commit.offset);
    seen.push(commit);
  }

  return {
    seen,
    get forgottenAt() {
      return forgottenAt;
    },
    forget: () => {
      forgottenAt = performance.now();
      seen.length = 0;
      last.clear();
    },
    end: async () => {
      stop.abort();
      await watching;
      try {
        const ends = await admin.fetchTopicOffsets(topic);
        const all = await Promise.all([...groups].map(async ([subscription, group]) => {
          const found = new Map((await committed(admin, group, topic)).map(({ partition, offset }) => [partition, offset]));
          // Nothing is ever committed of a partition that is empty or was emptied.
          return ends.filter(({ high, low }) => high !== low).map(({ partition, high }) => ({ subscription, partition, committed: found.get(partition) ?? -1, logEnd: Number(high) }));
        }));
        return all.flat();
      } finally {
        await admin.disconnect();
      }
    },
  };
}

async function committed(admin: Admin, groupId: string, topic: string): Promise<{ partition: number; offset: number }[]> {
  const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
  return (found?.partitions ?? []).map(({ partition, offset }) => ({ partition, offset: Number(offset) }));
}

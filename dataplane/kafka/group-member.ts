import { setTimeout as delay } from 'node:timers/promises';

import type { Logger } from '../../runtime/log.ts';
import type { ConsumerClientOptions } from './consumer-client.ts';
import type { GroupListener } from './group-session.ts';
import { GroupSession } from './group-session.ts';
import { troubleLog } from './trouble-log.ts';

export type { GroupListener } from './group-session.ts';

export interface GroupMemberOptions extends ConsumerClientOptions {
  readonly log: Logger;
}

export interface GroupMember {
  /** False when others may own the partitions by now: no attempt may be started then. */
  readonly isAlive: boolean;
  /** Fails when not in the group, or when the group has gone on without this member. */
  commit(offsets: ReadonlyMap<number, number>): Promise<void>;
  /** Committed offsets; a partition without one is left out. */
  committed(partitions: readonly number[]): Promise<Map<number, number>>;
  partitionsSeen(count: number): void;
  leave(): Promise<void>;
}

const pauseMs = { first: 250, most: 5000 } as const;

/** Joins a consumer group (classic protocol) and stays in it: whatever ends a session, another one is begun. */
export function joinGroup(options: GroupMemberOptions, listener: GroupListener): GroupMember {
  const left = new AbortController();
  let session: GroupSession | undefined;
  const staying = stay();

  async function stay(): Promise<void> {
    const trouble = troubleLog(options.log, `consumer group ${options.group}`);
    let failures = 0;
    for (;;) {
      const current = new GroupSession(options, {
        revoked: () => listener.revoked(),
        assigned: (partitions, continued) => {
          trouble.over();
          failures = 0;
          if (session === current) listener.assigned(partitions, continued);
        },
        alive: () => listener.alive(),
      });
      session = current;
      const reason = await Promise.race([current.ended, aborted(left.signal)]);
      if (left.signal.aborted) return;
      trouble.report(reason);
      await listener.revoked();
      await current.close();
      await delay(Math.min(pauseMs.first * 2 ** failures, pauseMs.most), undefined, { signal: left.signal }).catch(() => undefined);
      failures += 1;
      if (hasLeft()) return;
    }
  }

  function hasLeft(): boolean {
    return left.signal.aborted;
  }

  function joined(): GroupSession {
    if (!session) throw new Error('not a member of the group now');
    return session;
  }

  return {
    get isAlive() {
      return session?.isAlive ?? false;
    },
    commit: async (offsets) => joined().commit(offsets),
    committed: async (partitions) => joined().committed(partitions),
    partitionsSeen: (count) => session?.partitionsSeen(count),
    leave: async () => {
      left.abort();
      await staying;
      await session?.close();
      session = undefined;
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

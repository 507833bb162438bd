import { setTimeout as delay } from 'node:timers/promises';

import type { Logger } from '../../runtime/log.ts';
import type { ConsumerClientOptions } from './consumer-client.ts';
import type { Generation, GroupCoordinator } from './group-coordinator.ts';
import { groupCoordinator, groupErrorOf, memberIdOf } from './group-coordinator.ts';
import type { Share } from './group-generation.ts';
import { joinGeneration } from './group-generation.ts';
import type { OffsetCommit } from './offset-commits.ts';
import type { TroubleLog } from './trouble-log.ts';
import { troubleLog } from './trouble-log.ts';

export interface GroupMemberOptions extends ConsumerClientOptions {
  readonly log: Logger;
}

export interface GroupListener {
  /**
   * These partitions will be another's, who gets them when this has settled: the time to finish what is under way in them and to commit.
   * All others go on. Must settle within the session timeout.
   */
  revoked(partitions: readonly number[]): Promise<void>;
  /** All partitions that this member has from now on. `continued`: nobody else can have had those that it had before. */
  assigned(partitions: readonly number[], continued: boolean): void;
  /** The broker has heard of this member again. */
  alive(): void;
}

export interface GroupMember {
  /** False when others may own the partitions by now: no attempt may be started then. */
  readonly isAlive: boolean;
  /** It has been in the group for a while, and others have every partition. */
  readonly isSpare: boolean;
  /** Fails when not in the group, or when the group has gone on without this member. */
  commit(offsets: ReadonlyMap<number, OffsetCommit>): Promise<void>;
  /** Committed offsets; a partition without one is left out. */
  committed(partitions: readonly number[]): Promise<Map<number, OffsetCommit>>;
  /** Joins again when the topic has other partitions than when they were shared. */
  partitionsSeen(count: number): void;
  leave(): Promise<void>;
}

/** A member that has said nothing for `sessionMs` is out of its group; so is one that has not come back for a new generation `rebalanceMs` after it was called for. */
const usualTiming = { sessionMs: 10_000, heartbeatMs: 2000, rebalanceMs: 20_000 };
const leaveLimitMs = 5000;
/** For how long one that has asked for an id waits for it before it leaves. */
const namingMs = 1000;
/** For how long it tries to say that it leaves: a group that is not told waits for the end of its session. */
const farewellMs = 2000;
const pauseMs = { first: 100, most: 5000 } as const;

/** Joins a consumer group and stays in it, whatever happens, until it is left. Partitions that a rebalance leaves where they are go on meanwhile. */
export function joinGroup(options: GroupMemberOptions, listener: GroupListener): GroupMember {
  return stayInGroup(options, listener, groupCoordinator({ ...options, sessionTimeoutMs: usualTiming.sessionMs, rebalanceTimeoutMs: usualTiming.rebalanceMs }));
}

/** The same over a coordinator that was made elsewhere. */
export function stayInGroup(options: Pick<GroupMemberOptions, 'group' | 'topic' | 'log'>, listener: GroupListener, coordinator: GroupCoordinator, timing = usualTiming): GroupMember {
  return new Member(options, listener, coordinator, timing);
}

class Member implements GroupMember {
  readonly #options: Pick<GroupMemberOptions, 'group' | 'topic' | 'log'>;
  readonly #timing: typeof usualTiming;
  readonly #listener: GroupListener;
  readonly #coordinator: GroupCoordinator;
  readonly #trouble: TroubleLog;
  readonly #left = new AbortController();
  readonly #staying: Promise<void>;
  #memberId = '';
  /** What it has; nothing once others may have it. */
  #share: Share | undefined;
  /** What the listener was told. */
  #told: readonly number[] = [];
  #continued = false;
  #heardAt = 0;
  /** When the last request left that was answered without a call for a new generation. */
  #calmAt = 0;
  #failures = 0;
  #joinAgain = Promise.withResolvers<undefined>();

  constructor(options: Pick<GroupMemberOptions, 'group' | 'topic' | 'log'>, listener: GroupListener, coordinator: GroupCoordinator, timing: typeof usualTiming) {
    this.#options = options;
    this.#timing = timing;
    this.#listener = listener;
    this.#coordinator = coordinator;
    this.#trouble = troubleLog(options.log, `consumer group ${options.group}`);
    this.#staying = this.#stay();
  }

  get isAlive(): boolean {
    const now = performance.now();
    return this.#share !== undefined && now - this.#heardAt < this.#timing.sessionMs && now - this.#calmAt < this.#timing.rebalanceMs;
  }

  /** Whoever joins is given nothing at first where others have to let go of it: that is over within a session. */
  get isSpare(): boolean {
    const share = this.#share;
    return share !== undefined && this.isAlive && share.partitionCount > 0 && share.partitions.length === 0 && performance.now() - share.heardAt >= this.#timing.sessionMs;
  }

  async commit(offsets: ReadonlyMap<number, OffsetCommit>): Promise<void> {
    await this.#coordinator.commit(this.#generation(), this.#options.topic, offsets);
  }

  async committed(partitions: readonly number[]): Promise<Map<number, OffsetCommit>> {
    return await this.#coordinator.committed(this.#options.topic, partitions);
  }

  partitionsSeen(count: number): void {
    if (this.#share && count !== this.#share.partitionCount) this.#joinAgain.resolve(undefined);
  }

  async leave(): Promise<void> {
    this.#left.abort();
    this.#share = undefined;
    // The group would wait for whom it has just named until that one's session is over.
    if (this.#memberId === '') await atMost(namingMs, this.#staying);
    if (this.#memberId !== '') await atMost(leaveLimitMs, this.#sayFarewell());
    await atMost(leaveLimitMs, this.#coordinator.close());
  }

  /** The coordinator may have moved just now. */
  async #sayFarewell(): Promise<void> {
    const until = performance.now() + farewellMs;
    while (!(await this.#isReleased()) && performance.now() < until) await delay(pauseMs.first);
  }

  async #isReleased(): Promise<boolean> {
    try {
      await this.#coordinator.leave(this.#memberId);
      return true;
    } catch (error) {
      return endsMembership.has(groupErrorOf(error) ?? '');
    }
  }

  async #stay(): Promise<void> {
    while (!this.#hasLeft()) {
      try {
        if (await this.#join()) await this.#beatUntil(this.#joinAgain.promise, true);
      } catch (error) {
        if (this.#hasLeft()) this.#memberId ||= memberIdOf(error);
        else await this.#recover(error);
      }
    }
  }

  /** Whether it has what it shall have: what it had to give up can be shared only when it joins once more. */
  async #join(): Promise<boolean> {
    const { group, log } = this.#options;
    this.#joinAgain = Promise.withResolvers();
    const share = await this.#nextShare();
    this.#memberId = share.generation.memberId;
    if (this.#hasLeft()) return false;
    this.#share = share;
    this.#trouble.over();
    this.#failures = 0;
    this.#calmAt = share.heardAt;
    this.#heard(share.heardAt);
    log.debug({ group, generation: share.generation.id, partitions: share.partitions }, 'joined a generation of the group');
    const revoked = this.#continued ? this.#told.filter((partition) => !share.partitions.includes(partition)) : [];
    if (revoked.length > 0) await this.#beatUntil(this.#listener.revoked(revoked), false);
    if (!this.#hasLeft()) this.#tell(share.partitions);
    return revoked.length === 0;
  }

  /** Its heartbeats go on meanwhile: the others may take longer than a session to join. */
  async #nextShare(): Promise<Share> {
    const joining = joinGeneration(this.#coordinator, this.#options.topic, this.#memberId, this.#share);
    if (this.#share) {
      await this.#beatUntil(joining.catch(() => undefined), false).catch((error: unknown) => {
        // The generation that it has may be over, for the next one is complete; but one whom nobody knows has nothing.
        if (groupErrorOf(error) !== 'ILLEGAL_GENERATION') this.#lose();
      });
    }
    return await joining;
  }

  #tell(partitions: readonly number[]): void {
    const isNews = !this.#continued || partitions.length !== this.#told.length || partitions.some((partition) => !this.#told.includes(partition));
    const continued = this.#continued;
    this.#continued = true;
    if (!isNews || (this.#told.length === 0 && partitions.length === 0)) return;
    this.#told = partitions;
    this.#listener.assigned(partitions, continued);
  }

  /** Heartbeats until the promise has settled, or, where that is asked for, until the coordinator calls for a new generation. One race for all of them: each would leave something behind for as long as the promise is open. */
  async #beatUntil(settled: Promise<unknown>, endsWithGeneration: boolean): Promise<void> {
    let isOver = false;
    const over = settled.finally(() => (isOver = true));
    await Promise.race([over, this.#beatWhile(() => !isOver, endsWithGeneration)]);
  }

  async #beatWhile(goesOn: () => boolean, endsWithGeneration: boolean): Promise<void> {
    for (let answer: HeartbeatAnswer = 'calm'; ; ) {
      await delay(answer === 'none' ? 0 : this.#timing.heartbeatMs, undefined, { signal: this.#left.signal }).catch(() => undefined);
      if (!goesOn() || this.#hasLeft()) return;
      answer = await this.#beat();
      if (answer === 'called' && endsWithGeneration) return;
    }
  }

  /** While the coordinator cannot be reached it is to be tried again: it may know this member still. */
  async #beat(): Promise<HeartbeatAnswer> {
    const sentAt = performance.now();
    try {
      await this.#coordinator.heartbeat(this.#generation());
      this.#trouble.over();
      this.#failures = 0;
    } catch (error) {
      const code = groupErrorOf(error) ?? '';
      if (code !== 'REBALANCE_IN_PROGRESS') {
        if (endsMembership.has(code)) throw error;
        await this.#pauseAfter(error);
        return 'none';
      }
      this.#heard(sentAt);
      return 'called';
    }
    this.#calmAt = Math.max(this.#calmAt, sentAt);
    this.#heard(sentAt);
    return 'calm';
  }

  async #recover(error: unknown): Promise<void> {
    const code = groupErrorOf(error) ?? '';
    if (code === 'MEMBER_ID_REQUIRED') {
      this.#memberId = memberIdOf(error);
      return;
    }
    if (endsMembership.has(code)) {
      this.#options.log.warn(`consumer group ${this.#options.group}: ${code}: others may have the partitions: joining again`);
      if (code !== 'ILLEGAL_GENERATION') this.#memberId = '';
      this.#lose();
      return;
    }
    if (code === 'REBALANCE_IN_PROGRESS') return;
    await this.#pauseAfter(error);
  }

  #lose(): void {
    this.#share = undefined;
    this.#continued = false;
    if (this.#told.length === 0) return;
    this.#told = [];
    this.#listener.assigned([], false);
  }

  async #pauseAfter(error: unknown): Promise<void> {
    if (this.#hasLeft()) return;
    this.#trouble.report(error);
    const pause = Math.min(pauseMs.first * 2 ** this.#failures, this.#share ? this.#timing.heartbeatMs / 2 : pauseMs.most);
    this.#failures += 1;
    await delay(pause, undefined, { signal: this.#left.signal }).catch(() => undefined);
  }

  #generation(): Generation {
    if (!this.#share) throw new Error('not a member of the group now');
    return this.#share.generation;
  }

  #heard(at: number): void {
    this.#heardAt = Math.max(this.#heardAt, at);
    this.#listener.alive();
  }

  #hasLeft(): boolean {
    return this.#left.signal.aborted;
  }
}

/** `called`: for a new generation. `none`: there was none, and a pause after it. */
type HeartbeatAnswer = 'calm' | 'called' | 'none';

const endsMembership: ReadonlySet<string> = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID']);

/** Settles when the work has, or after `limitMs`; never fails. */
async function atMost(limitMs: number, work: Promise<unknown>): Promise<void> {
  const patience = new AbortController();
  await Promise.race([work.catch(() => undefined), delay(limitMs, undefined, { signal: patience.signal }).catch(() => undefined)]);
  patience.abort();
}

import type { GroupListener, GroupMember } from '../../dataplane/kafka/group-member.ts';
import type { OffsetCommit } from '../../dataplane/kafka/offset-commits.ts';
import type { Losses } from './simulated-topic.ts';
import type { Sleeper, VirtualTime } from './virtual-time.ts';

export const sessionMs = 10_000;
const heartbeatMs = 2000;
const expiryCheckMs = 500;

interface Membership {
  lastSeen: number;
  /** Grows whenever it gives something up: what it has sent before is refused. */
  epoch: number;
}

interface Standing {
  /** What it owns now, and what of that it shall keep. */
  readonly owned: readonly number[];
  readonly kept: readonly number[];
  readonly epoch: number;
}

export interface SimulatedGroupOptions {
  readonly time: VirtualTime;
  readonly random: () => number;
  readonly partitions: number;
  /** A commit was taken. */
  readonly committed: (partition: number, commit: OffsetCommit, before: OffsetCommit | undefined) => void;
  /** Something that must not happen. */
  readonly violated: (what: string) => void;
  /** A member was thrown out: others may have its partitions. */
  readonly expelled: (id: string) => void;
}

/** A coordinator that moves partitions as cooperative members do: nobody gets one before its owner has let it go, or is thrown out. */
export class SimulatedGroup {
  readonly #options: SimulatedGroupOptions;
  readonly members = new Map<string, Membership>();
  readonly owners = new Map<number, string>();
  readonly #targets = new Map<number, string>();
  readonly commits = new Map<number, OffsetCommit>();
  /** Share of the commits that fail. */
  troubled = 0;
  /** Most milliseconds that a commit takes before the coordinator has it. */
  slowMs = 0;

  constructor(options: SimulatedGroupOptions) {
    this.#options = options;
    this.#expire();
  }

  /** Deals the partitions out anew, to anybody. */
  rebalance(): void {
    const ids = [...this.members.keys()];
    for (let partition = 0; partition < this.#options.partitions; partition += 1) {
      const id = ids[Math.floor(this.#options.random() * ids.length)];
      if (id === undefined) this.#targets.delete(partition);
      else this.#targets.set(partition, id);
    }
  }

  join(id: string): void {
    if (this.members.has(id)) return;
    this.members.set(id, { lastSeen: this.#options.time.now, epoch: 0 });
    this.rebalance();
  }

  leave(id: string): void {
    if (!this.members.delete(id)) return;
    for (const [partition, owner] of this.owners) if (owner === id) this.owners.delete(partition);
    this.rebalance();
  }

  /** Nothing for whom the group does not know. */
  heartbeat(id: string): Standing | undefined {
    const member = this.members.get(id);
    if (!member) return undefined;
    member.lastSeen = this.#options.time.now;
    for (const [partition, target] of this.#targets) if (target === id && !this.owners.has(partition)) this.owners.set(partition, id);
    const owned = [...this.owners].filter(([, owner]) => owner === id).map(([partition]) => partition);
    return { owned, kept: owned.filter((partition) => this.#targets.get(partition) === id), epoch: member.epoch };
  }

  release(id: string, partitions: readonly number[]): void {
    const member = this.members.get(id);
    if (!member) return;
    member.epoch += 1;
    for (const partition of partitions) if (this.owners.get(partition) === id) this.owners.delete(partition);
  }

  commit(id: string, epoch: number, commits: ReadonlyMap<number, OffsetCommit>): void {
    const { random, committed, violated } = this.#options;
    const member = this.members.get(id);
    if (!member) throw new Error('UNKNOWN_MEMBER_ID');
    if (member.epoch !== epoch) throw new Error('ILLEGAL_GENERATION');
    if (random() < this.troubled / 2) throw new Error('COORDINATOR_NOT_AVAILABLE');
    for (const [partition, commit] of commits) {
      if (this.owners.get(partition) !== id) violated(`${id} commits ${commit.offset} in partition ${partition}, which it does not own`);
      committed(partition, commit, this.commits.get(partition));
      this.commits.set(partition, commit);
    }
    if (random() < this.troubled / 2) throw new Error('the answer was lost');
  }

  #expire(): void {
    const { time, expelled } = this.#options;
    for (const [id, { lastSeen }] of this.members) {
      if (time.now - lastSeen < sessionMs) continue;
      this.leave(id);
      expelled(id);
    }
    time.after(expiryCheckMs, () => this.#expire());
  }
}

/** A member as the group's client presents it to the subscription. */
export class SimulatedMember implements GroupMember {
  readonly isSpare = false;
  readonly #group: SimulatedGroup;
  readonly #time: VirtualTime;
  readonly #self: Sleeper;
  readonly #random: () => number;
  readonly #losses: Losses;
  readonly #listener: GroupListener;
  readonly #name: string;
  #incarnation = 0;
  #joined = false;
  #left = false;
  #continued = false;
  #revoking = false;
  #heardAt = -Infinity;
  #epoch = 0;
  #told: readonly number[] = [];

  constructor(group: SimulatedGroup, time: VirtualTime, self: Sleeper, options: { name: string; random: () => number; listener: GroupListener; losses: Losses }) {
    this.#group = group;
    this.#time = time;
    this.#self = self;
    this.#name = options.name;
    this.#random = options.random;
    this.#losses = options.losses;
    this.#listener = options.listener;
    time.after(0, () => this.#beat(), self);
  }

  get id(): string {
    return `${this.#name}.${this.#incarnation}`;
  }

  get isAlive(): boolean {
    return this.#joined && this.#time.now - this.#heardAt < sessionMs;
  }

  async commit(commits: ReadonlyMap<number, OffsetCommit>): Promise<void> {
    if (!this.#joined) throw new Error('not a member of the group now');
    const { id } = this;
    const epoch = this.#epoch;
    await this.#ask(() => this.#group.commit(id, epoch, commits), this.#group.slowMs);
  }

  async committed(partitions: readonly number[]): Promise<Map<number, OffsetCommit>> {
    if (this.#losses.left > 0) {
      this.#losses.left -= 1;
      return await new Promise(() => undefined);
    }
    return await this.#ask(() => new Map([...this.#group.commits].filter(([partition]) => partitions.includes(partition))));
  }

  partitionsSeen(): void {
    // The topic does not grow here.
  }

  async leave(): Promise<void> {
    this.#left = true;
    const { id } = this;
    await this.#ask(() => this.#group.leave(id));
  }

  #ask<T>(answer: () => T, slowMs = 0): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#time.after(this.#random() * (20 + slowMs), () => {
        let settle: () => void;
        try {
          const value = answer();
          settle = () => resolve(value);
        } catch (error) {
          settle = () => reject(error instanceof Error ? error : new Error(String(error)));
        }
        this.#time.after(this.#random() * 20, settle, this.#self);
      });
    });
  }

  #beat(): void {
    if (this.#left) return;
    const sentAt = this.#time.now;
    const { id } = this;
    const ask = this.#joined ? this.#ask(() => this.#group.heartbeat(id)) : this.#ask(() => (this.#group.join(id), this.#group.heartbeat(id)));
    void ask.then((standing) => {
      if (this.#left) return;
      if (standing) this.#heard(standing, sentAt);
      else this.#lose();
      this.#time.after(standing ? heartbeatMs : 100, () => this.#beat(), this.#self);
    });
  }

  #heard({ owned, kept, epoch }: Standing, sentAt: number): void {
    this.#joined = true;
    this.#heardAt = Math.max(this.#heardAt, sentAt);
    this.#listener.alive();
    if (this.#revoking || epoch < this.#epoch) return;
    this.#epoch = epoch;
    const revoked = this.#told.filter((partition) => !kept.includes(partition));
    if (revoked.length > 0) void this.#giveUp(revoked);
    else if (kept.length > this.#told.length) this.#tell(kept);
    const neverTold = owned.filter((partition) => !kept.includes(partition) && !this.#told.includes(partition));
    if (neverTold.length > 0) this.#release(neverTold);
  }

  async #giveUp(revoked: readonly number[]): Promise<void> {
    const incarnation = this.#incarnation;
    this.#revoking = true;
    await this.#listener.revoked(revoked);
    this.#revoking = false;
    if (incarnation !== this.#incarnation || this.#left) return;
    this.#tell(this.#told.filter((partition) => !revoked.includes(partition)));
    this.#release(revoked);
  }

  #release(partitions: readonly number[]): void {
    const { id } = this;
    this.#epoch += 1;
    void this.#ask(() => this.#group.release(id, partitions));
  }

  #tell(partitions: readonly number[]): void {
    this.#told = partitions;
    this.#listener.assigned(partitions, this.#continued);
    this.#continued = true;
  }

  #lose(): void {
    this.#incarnation += 1;
    this.#joined = false;
    this.#continued = false;
    this.#epoch = 0;
    if (this.#told.length === 0) return;
    this.#told = [];
    this.#listener.assigned([], false);
  }
}

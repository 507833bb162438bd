import { KeylessPartitions } from './keyless-partitions.ts';
import type { Verdict } from './produce-verdict.ts';
import { faultOf, rejectionOf, verdictOf } from './produce-verdict.ts';
import { ProduceError } from './produce-error.ts';
import type { LaneBatch, PartitionLane, PendingRecord } from './producer-lane.ts';
import { sizeOf } from './producer-lane.ts';
import { ProducerLanes } from './producer-lanes.ts';
import type { Broker, OutgoingRecord, ProduceAnswer, ProducerIdentity, ProducerLink } from './producer-link.ts';
import { lostAfterMs, within } from './within.ts';

/** Where partitions are led, as last seen. */
export interface PartitionLeaders {
  leader(topic: string, partition: number): Broker | undefined;
  /** Whether Kafka has said that there is no such topic. */
  isUnknown(topic: string): boolean;
  /** Looks again, soon. */
  refresh(topic: string): void;
}

export interface ProducerOptions {
  readonly link: ProducerLink;
  readonly leaders: PartitionLeaders;
  /** Largest batch (bytes) that a topic takes, where it is known. */
  readonly topicLimit?: (topic: string) => number | undefined;
  /** Longest time from `send` to its answer. */
  readonly deliveryTimeoutMs: number;
  /** Told, for the log, when Kafka gives no answer, and when it gives one again. */
  readonly onTrouble?: (error: Error) => void;
  readonly onAnswer?: () => void;
  /** Told, for the log, what Kafka said instead of taking a batch. */
  readonly onRejection?: (topic: string, why: string) => void;
  readonly onBatch?: (records: number, seconds: number) => void;
  /** Lanes of topics that were not used for so long go once there are more than so many. */
  readonly idle?: { readonly ms: number; readonly lanes: number };
}

const maxRequestBytes = 8_000_000;
const firstBackoffMs = 50;
const maxBackoffMs = 1000;
const sweepMs = 200;
/** Brokers remember each identity for a day: one every ten minutes is the most. */
const mostIdle = { ms: 600_000, lanes: 1000 };

/**
 * An idempotent producer, `acks=all`. A batch is what arrived while the last one was under way: no timer. Each leader has one request at a time.
 * A batch whose outcome is unknown is sent again as it is, or given up together with the producer's identity: its sequence numbers are never used for other records (design §11).
 */
export class Producer {
  readonly #options: ProducerOptions;
  readonly #lanes = new ProducerLanes();
  readonly #keyless = new KeylessPartitions();
  /** Lanes with records under way. */
  readonly #active = new Set<PartitionLane>();
  /** Lanes that wait for their leader only. */
  readonly #ready = new Set<PartitionLane>();
  readonly #busyLeaders = new Set<string>();
  #identity: ProducerIdentity | undefined;
  #identityAsked = false;
  #pumping = false;
  #sweeper: NodeJS.Timeout | undefined;
  #isClosed = false;
  readonly #idle: { readonly ms: number; readonly lanes: number };
  #idleCountedMs = performance.now();

  constructor(options: ProducerOptions) {
    this.#options = options;
    this.#idle = options.idle ?? mostIdle;
  }

  /** Topics of which it remembers anything. */
  get topics(): number {
    return Math.max(this.#lanes.topics, this.#keyless.topics);
  }

  /** Gets what the first record needs before it comes, as long as it is not there. */
  prepare(): void {
    if (!this.#identity) void this.#askIdentity();
  }

  /** Calls back without an error when all in-sync replicas have the record; with one at the latest when the time is over. A callback for each event costs less than a promise. */
  send(topic: string, partition: number, record: OutgoingRecord, settle: (error?: ProduceError) => void): void {
    if (this.#isClosed) {
      settle(closed());
      return;
    }
    const lane = this.#lanes.of(topic, partition);
    const now = performance.now();
    const deadline = now + this.#options.deliveryTimeoutMs;
    const wasEmpty = lane.isEmpty;
    lane.add({ record, bytes: sizeOf(record), deadline, settle });
    if (!wasEmpty) return;
    lane.usedMs = now;
    this.#active.add(lane);
    this.#ready.add(lane);
    this.#sweeper ??= setInterval(() => this.#sweep(), sweepMs);
    this.#pumpSoon();
  }

  /** A partition for a record without a key: one that can be sent to at once, if there is any. */
  partitionWithoutKey(topic: string, partitions: number): number {
    const lanes = this.#lanes.ofTopic(topic);
    const isFree = (partition: number): boolean => lanes?.[partition]?.batch === undefined && this.#options.leaders.leader(topic, partition) !== undefined;
    return this.#keyless.next(topic, partitions, isFree);
  }

  /** Gives up what is still under way and closes the connections. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const lane of this.#active) lane.failAll(closed());
    this.#active.clear();
    this.#ready.clear();
    clearInterval(this.#sweeper);
    await this.#options.link.close();
  }

  /** What arrives in the same turn of the event loop goes in the same batch. */
  #pumpSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#ready.size === 0) return;
    const identity = this.#identity;
    if (!identity) return void this.#askIdentity();
    const requests = new Map<string, { leader: Broker; batches: LaneBatch[]; bytes: number }>();
    for (const lane of this.#ready) {
      const leader = this.#options.leaders.leader(lane.topic, lane.partition);
      if (!leader) {
        this.#withoutLeader(lane);
        continue;
      }
      const key = `${leader.host}:${leader.port}`;
      if (this.#busyLeaders.has(key)) continue;
      const request = requests.get(key) ?? { leader, batches: [], bytes: 0 };
      requests.set(key, request);
      if (request.bytes > maxRequestBytes || !fits(lane, request.batches[0], identity)) continue;
      const batch = lane.next(identity, Date.now(), this.#options.topicLimit?.(lane.topic));
      batch.underWay = true;
      this.#keyless.sent(lane.topic, lane.partition);
      request.batches.push(batch);
      request.bytes += batch.bytes;
      this.#ready.delete(lane);
    }
    for (const [key, { leader, batches }] of requests) void this.#request(key, leader, batches);
  }

  async #request(leaderKey: string, leader: Broker, batches: readonly LaneBatch[]): Promise<void> {
    const [first] = batches;
    if (!first) return;
    this.#busyLeaders.add(leaderKey);
    const start = performance.now();
    const answer = await within(lostAfterMs, 'Produce', () => this.#options.link.produce(leader, first.identity, batches)).catch((error: unknown): ProduceAnswer => ({ outcome: 'unknown', error: error as Error }));
    this.#busyLeaders.delete(leaderKey);
    this.#options.onBatch?.(batches.reduce((sum, { records }) => sum + records.length, 0), (performance.now() - start) / 1000);
    if (answer.outcome === 'answered') this.#options.onAnswer?.();
    else this.#options.onTrouble?.(answer.error);
    for (const [index, batch] of batches.entries()) this.#concluded(this.#lanes.of(batch.topic, batch.partition), batch, conclusionOf(answer, index));
    this.#pumpSoon();
  }

  #concluded(lane: PartitionLane, batch: LaneBatch, { verdict, errorCode, blamed }: Conclusion): void {
    if (lane.batch !== batch) return;
    batch.attempts += 1;
    batch.underWay = false;
    if (errorCode !== undefined && verdict !== 'stored') this.#options.onRejection?.(batch.topic, rejectionOf(errorCode));
    switch (verdict) {
      case 'stored':
        lane.stored();
        return this.#next(lane);
      case 'again':
        return this.#again(lane, batch);
      case 'again-in-doubt':
        batch.inDoubt = true;
        return this.#again(lane, batch);
      case 'split':
        return this.#split(lane, batch, errorCode, blamed);
      case 'identity-lost':
        return this.#identityLost(lane, batch);
      case 'refused':
        return this.#giveUp(lane, batch, refusal(errorCode));
    }
  }

  #split(lane: PartitionLane, batch: LaneBatch, errorCode = -1, blamed: Blamed = nobody): void {
    const { pending: [first], pending } = batch;
    if (batch.inDoubt || pending.length === 1) return this.#giveUp(lane, batch, refusal(errorCode, first, blamed.get(0)));
    const refused = new Map(pending.flatMap((one, index) => (blamed.has(index) ? [[one, refusal(errorCode, one, blamed.get(index))] as const] : [])));
    if (refused.size === 0) lane.halve();
    lane.takeApart(refused);
    this.#next(lane);
  }

  #identityLost(lane: PartitionLane, batch: LaneBatch): void {
    this.#forget(batch.identity);
    if (batch.inDoubt) return this.#giveUp(lane, batch, unavailable());
    lane.takeApart();
    this.#later(lane, batch.attempts);
  }

  #again(lane: PartitionLane, batch: LaneBatch): void {
    this.#options.leaders.refresh(lane.topic);
    if (isAwaited(batch)) this.#later(lane, batch.attempts);
    else this.#giveUp(lane, batch, unavailable());
  }

  #giveUp(lane: PartitionLane, batch: LaneBatch, error: ProduceError): void {
    if (batch.inDoubt) this.#forget(batch.identity);
    lane.givenUp(batch.inDoubt ? unavailable() : error);
    this.#next(lane);
  }

  #withoutLeader(lane: PartitionLane): void {
    this.#ready.delete(lane);
    if (this.#options.leaders.isUnknown(lane.topic)) {
      if (lane.batch?.inDoubt) {
        this.#forget(lane.batch.identity);
        lane.givenUp(unavailable());
      }
      lane.failAll(new ProduceError('unknown-topic', `topic ${lane.topic} is not there`));
      return this.#next(lane);
    }
    this.#options.leaders.refresh(lane.topic);
    if (!lane.batch || isAwaited(lane.batch)) this.#later(lane, 2);
    else this.#giveUp(lane, lane.batch, unavailable());
  }

  #next(lane: PartitionLane): void {
    if (lane.batch?.underWay) return;
    if (lane.isEmpty) {
      this.#active.delete(lane);
      return;
    }
    this.#ready.add(lane);
    this.#pumpSoon();
  }

  #later(lane: PartitionLane, attempts: number): void {
    setTimeout(() => this.#next(lane), Math.min(maxBackoffMs, firstBackoffMs * 2 ** (attempts - 1)));
  }

  #forget(identity: ProducerIdentity): void {
    if (this.#identity === identity) this.#identity = undefined;
  }

  async #askIdentity(): Promise<void> {
    if (this.#identityAsked) return;
    this.#identityAsked = true;
    try {
      this.#identity = await within(lostAfterMs, 'InitProducerId', () => this.#options.link.newIdentity());
      this.#dropIdle();
      this.#pumpSoon();
    } catch (error) {
      if (this.#isClosed) return;
      this.#options.onTrouble?.(error as Error);
      setTimeout(() => this.#pumpSoon(), maxBackoffMs / 4);
    } finally {
      this.#identityAsked = false;
    }
  }

  /** The broker remembers the sequence numbers of an identity, so that a lane must not begin anew under it: lanes go only when a new identity comes, which has used none yet. */
  #dropIdle(): void {
    for (const topic of this.#lanes.dropIdle(performance.now() - this.#idle.ms)) this.#keyless.forget(topic);
  }

  #countIdle(now: number): void {
    if (now - this.#idleCountedMs < this.#idle.ms) return;
    this.#idleCountedMs = now;
    if (this.#lanes.idle(now - this.#idle.ms) > this.#idle.lanes) void this.#askIdentity();
  }

  #sweep(): void {
    const now = performance.now();
    this.#countIdle(now);
    for (const lane of this.#active) {
      lane.expire(now, unavailable);
      if (!lane.isEmpty) continue;
      this.#active.delete(lane);
      this.#ready.delete(lane);
    }
    if (this.#active.size > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }
}

interface Conclusion {
  readonly verdict: Verdict;
  /** Undefined where there was no answer. */
  readonly errorCode: number | undefined;
  readonly blamed?: Blamed | undefined;
}

/** Records of a batch that are to blame for its refusal, by their place, and why. */
type Blamed = ReadonlyMap<number, string>;

const nobody: Blamed = new Map();
/** Most characters of what a broker says of a record. */
const longestReason = 200;

function conclusionOf(answer: ProduceAnswer, index: number): Conclusion {
  if (answer.outcome !== 'answered') return { verdict: answer.outcome === 'unsent' ? 'again' : 'again-in-doubt', errorCode: undefined };
  const errorCode = answer.errorCodes[index] ?? -1;
  return { verdict: verdictOf(errorCode), errorCode, blamed: answer.blamed?.[index] };
}

/** Whether somebody still waits for one of its records. */
function isAwaited({ pending }: LaneBatch): boolean {
  const now = performance.now();
  return pending.some(({ deadline }) => deadline > now);
}

/** A request speaks for one identity: that of its first batch. */
function fits(lane: PartitionLane, first: LaneBatch | undefined, current: ProducerIdentity): boolean {
  return first === undefined || (lane.batch?.identity ?? current) === first.identity;
}

function closed(): ProduceError {
  return new ProduceError('unavailable', 'the producer is closed');
}

function unavailable(): ProduceError {
  return new ProduceError('unavailable', 'Kafka did not take the event in time');
}

/** `why`: what the broker says of this record. */
function refusal(errorCode = -1, refused?: PendingRecord, why = ''): ProduceError {
  const fault = faultOf(errorCode);
  const reason = why.replaceAll(/\s+/g, ' ').slice(0, longestReason);
  const advice = fault === 'invalid' && refused?.record.key === undefined ? ': events need a partitionkey or a subject where a topic is compacted' : '';
  return new ProduceError(fault, `Kafka refused the event: ${rejectionOf(errorCode)}${reason && ` (${reason})`}${advice}`);
}

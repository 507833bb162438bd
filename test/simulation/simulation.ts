import { pino } from 'pino';

import type { DeliveryOrder, SubscriptionSpec } from '../../contract/dispatcher-file.ts';
import { Delivery } from '../../dataplane/dispatcher/deliver.ts';
import type { DeliveryLog, Subject } from '../../dataplane/dispatcher/delivery-log.ts';
import { FetchBudget } from '../../dataplane/dispatcher/fetch-budget.ts';
import type { SubscriptionMetrics } from '../../dataplane/dispatcher/metrics.ts';
import { ReplyRoom } from '../../dataplane/dispatcher/reply-room.ts';
import { SubscriptionLoop } from '../../dataplane/dispatcher/subscription-loop.ts';
import type { Logger } from '../../runtime/log.ts';
import { seeded } from '../support/random.ts';
import { History } from './history.ts';
import { simulatedClock } from './simulated-clock.ts';
import { SimulatedGroup, SimulatedMember } from './simulated-group.ts';
import type { Mood } from './simulated-subscriber.ts';
import { simulatedClient, sinkUrl } from './simulated-subscriber.ts';
import type { Losses } from './simulated-topic.ts';
import { SimulatedTopic, placeFrom, simulatedFetching } from './simulated-topic.ts';
import type { Sleeper } from './virtual-time.ts';
import { VirtualTime, settled, sleeper } from './virtual-time.ts';

export interface Run {
  readonly seed: number;
  /** What was done, one line a step. */
  readonly steps: readonly string[];
  readonly violations: readonly string[];
  readonly counts: { readonly events: number; readonly kills: number; readonly duplicates: number };
}

/** One process with this subscription. */
interface Replica {
  readonly name: string;
  readonly self: Sleeper;
  readonly loop: SubscriptionLoop;
  readonly budget: FetchBudget;
  readonly losses: Losses;
  member: SimulatedMember;
  wallMs: number;
}

const partitions = 3;
const mostReplicas = 3;
const start = 1_795_000_000_000;
/** Less than half of what the last commit of a partition may take: one may be under way. */
const slowCommitMs = 4000;
/** Time in which everything must be delivered once nothing goes wrong any more. */
const patienceMs = 30 * 60_000;

/** One subscription with some replicas, a group, a topic and a subscriber, through random faults: whatever happens follows from the seed. */
export async function simulate(seed: number, stepCount: number): Promise<Run> {
  const world = new World(seed);
  await world.run(stepCount);
  return world.result;
}

class World {
  readonly #seed: number;
  readonly #random: () => number;
  readonly #time = new VirtualTime();
  readonly #topic = new SimulatedTopic(partitions);
  readonly #group: SimulatedGroup;
  readonly #history: History;
  readonly #mood: Mood = { calm: false, slow: false };
  readonly #spec: SubscriptionSpec;
  /** Some runs do without, so that what they may do is told apart from what nothing may do. */
  readonly #faults: { readonly kills: boolean; readonly sleeps: boolean; readonly trouble: boolean; readonly slowness: boolean; readonly slowCommits: boolean; readonly elections: boolean };
  readonly #steps: string[] = [];
  readonly #violations: string[] = [];
  readonly #replicas: Replica[] = [];
  #started = 0;
  #events = 0;
  #kills = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = seeded(seed);
    const order = (['ordered', 'keyed', 'unordered'] as const satisfies readonly DeliveryOrder[])[seed % 3] ?? 'ordered';
    const maxInFlight = 1 + Math.floor(this.#random() * 6);
    this.#spec = {
      uid: 'one', name: 'one', group: 'group', subscriberUri: 'http://subscriber/', deliveryOrder: order, maxInFlight,
      delivery: { retry: 3, backoffPolicy: 'linear', backoffDelayMs: 500, timeoutMs: 5000, format: 'binary', deadLetterUri: sinkUrl },
    };
    const violated = (what: string): void => void this.#violations.push(`step ${this.#steps.length}, ${Math.round(this.#time.now)} ms: ${what}`);
    this.#history = new History({ order, retry: 3, maxInFlight, topic: this.#topic, violated });
    this.#group = new SimulatedGroup({
      time: this.#time, random: this.#random, partitions, violated,
      committed: (partition, commit, before) => this.#history.committed(partition, commit, before),
      expelled: () => (this.#history.unclean += 1),
    });
    this.#faults = { kills: this.#random() < 0.6, sleeps: this.#random() < 0.6, trouble: this.#random() < 0.6, slowness: this.#random() < 0.6, slowCommits: this.#random() < 0.6, elections: this.#random() < 0.3 };
    this.#steps.push(`${order}, ${maxInFlight} in flight, ${JSON.stringify(this.#faults)}`);
  }

  get result(): Run {
    return { seed: this.#seed, steps: this.#steps, violations: this.#violations, counts: { events: this.#events, kills: this.#kills, duplicates: this.#history.duplicates } };
  }

  async run(stepCount: number): Promise<void> {
    this.#start();
    for (let step = 0; step < stepCount && this.#violations.length === 0; step += 1) await this.#step();
    if (this.#violations.length === 0) await this.#heal();
  }

  async #step(): Promise<void> {
    const choice = this.#random();
    const replica = this.#replicas[Math.floor(this.#random() * this.#replicas.length)];
    if (choice < 0.45) await this.#pass(this.#random() * 300);
    else if (choice < 0.5) await this.#pass(this.#random() * 5000);
    else if (choice < 0.75) this.#append();
    else if (choice < 0.83 || !replica) this.#start();
    else await this.#disturb(choice, replica);
  }

  async #disturb(choice: number, replica: Replica): Promise<void> {
    if (choice < 0.87) this.#say('rebalance', () => this.#group.rebalance());
    else if (choice < 0.93) await this.#hurt(choice < 0.89, replica);
    else if (choice < 0.955) this.#stop(replica);
    else if (choice < 0.985) this.#annoy(choice < 0.97);
    else if (choice < 0.988) this.#elect();
    else if (choice < 0.991) this.#truncate();
    else if (choice < 0.993) this.#lose(replica);
    else this.#say(`${replica.name}: another time of day`, () => (replica.wallMs += (this.#random() - 0.5) * (this.#random() < 0.05 ? 7_200_000 : 120_000)));
  }

  async #hurt(dead: boolean, replica: Replica): Promise<void> {
    if (dead && this.#faults.kills) this.#kill(replica);
    if (!dead && this.#faults.sleeps) await this.#sleepOrWake(replica);
  }

  #annoy(slowly: boolean): void {
    if (this.#faults.slowCommits && this.#random() < 0.3) this.#say('commits are slow, or no more', () => (this.#group.slowMs = this.#group.slowMs === 0 ? slowCommitMs : 0));
    if (slowly && this.#faults.slowness) this.#say('subscribers are slow, or no more', () => (this.#mood.slow = !this.#mood.slow));
    if (!slowly && this.#faults.trouble) this.#say('the coordinator has trouble, or no more', () => (this.#group.troubled = this.#group.troubled === 0 ? 0.3 : 0));
  }

  #say(what: string, act: () => unknown): void {
    this.#steps.push(what);
    act();
  }

  async #pass(ms: number): Promise<void> {
    this.#steps.push(`${Math.round(ms)} ms pass`);
    await this.#time.pass(ms);
  }

  #append(): void {
    const partition = Math.floor(this.#random() * partitions);
    const count = 1 + Math.floor(this.#random() * 6);
    this.#say(`${count} events in partition ${partition}`, () => {
      for (let left = count; left > 0; left -= 1) {
        const key = this.#random() < 0.3 ? null : `k${Math.floor(this.#random() * 4)}`;
        this.#topic.append(partition, key, this.#random() < 0.1 ? Math.floor(this.#random() * 4) : 0);
        this.#events += 1;
      }
    });
  }

  #truncate(): void {
    const partition = Math.floor(this.#random() * partitions);
    const log = this.#topic.log(partition);
    const from = log.start + Math.floor(this.#random() * (log.end - log.start + 1));
    this.#say(`partition ${partition} now begins at ${from}`, () => {
      for (const record of this.#topic.truncate(partition, from)) this.#history.expired({ ...record, partition });
    });
  }

  /** One that may have lost the end of the log. */
  #elect(): void {
    if (!this.#faults.elections) return;
    const partition = Math.floor(this.#random() * partitions);
    const log = this.#topic.log(partition);
    const end = Math.max(log.start, log.end - Math.floor(this.#random() * 12));
    this.#say(`partition ${partition} has another leader, whose log ends at ${end} instead of ${log.end}`, () => {
      this.#topic.elect(partition, end);
      this.#history.cut(partition, end);
    });
  }

  #lose({ name, losses }: Replica): void {
    if (this.#faults.trouble) this.#say(`${name} loses an answer of Kafka`, () => (losses.left += 1));
  }

  #start(): void {
    if (this.#replicas.length >= mostReplicas) return;
    this.#started += 1;
    const name = `r${this.#started}`;
    this.#say(`${name} starts`, () => this.#replicas.push(this.#replica(name)));
  }

  #kill(replica: Replica): void {
    this.#say(`${replica.name} is killed`, () => {
      this.#kills += 1;
      replica.self.state = 'dead';
      this.#history.vanished(replica.name);
      this.#forget(replica);
    });
  }

  #stop(replica: Replica): void {
    if (replica.self.state !== 'awake') return;
    this.#say(`${replica.name} stops`, () => {
      this.#forget(replica);
      void this.#end(replica);
    });
  }

  async #end({ loop, budget, name }: Replica): Promise<void> {
    await loop.stop();
    if (budget.used !== 0) this.#violations.push(`${name} has stopped and still holds ${budget.used} bytes`);
  }

  #forget(replica: Replica): void {
    this.#replicas.splice(this.#replicas.indexOf(replica), 1);
  }

  async #sleepOrWake(replica: Replica): Promise<void> {
    if (replica.self.state === 'awake') {
      this.#history.unclean += 1;
      this.#say(`${replica.name} sleeps`, () => (replica.self.state = 'asleep'));
    }
    else {
      this.#steps.push(`${replica.name} wakes`);
      await this.#wake(replica);
    }
  }

  /** What has piled up happens in any order. */
  async #wake({ self }: Replica): Promise<void> {
    if (self.state !== 'asleep') return;
    self.state = 'awake';
    const missed = self.missed.splice(0).map((happen) => ({ happen, at: this.#random() }));
    for (const { happen } of missed.sort((a, b) => a.at - b.at)) {
      happen();
      await settled();
    }
  }

  /** Nothing goes wrong any more, so that everything must be delivered, and what is stopped must leave nothing behind. */
  async #heal(): Promise<void> {
    this.#steps.push('all is well from here on');
    this.#mood.calm = true;
    this.#group.troubled = 0;
    this.#group.slowMs = 0;
    for (const replica of this.#replicas) await this.#wake(replica);
    if (this.#replicas.length === 0) this.#start();
    const until = this.#time.now + patienceMs;
    while (!this.#isDelivered() && this.#violations.length === 0) {
      if (this.#time.now > until) this.#violations.push(`not delivered: ${JSON.stringify([...this.#group.commits])} of ${this.#topic.partitions.map(({ end }) => end).join()}, owned by ${JSON.stringify([...this.#group.owners])}`);
      await this.#time.pass(500);
    }
    for (const replica of [...this.#replicas]) this.#stop(replica);
    await this.#time.pass(10_000);
  }

  #isDelivered(): boolean {
    return this.#topic.partitions.every(({ end, records }, partition) => {
      const isCommitted = (this.#group.commits.get(partition)?.offset ?? 0) >= (records.length > 0 ? end : 0);
      return isCommitted && records.every((record) => this.#history.event({ ...record, partition }).ended);
    });
  }

  #replica(name: string): Replica {
    const self = sleeper();
    const budget = new FetchBudget(1024 * 1024);
    const time = this.#time;
    const random = this.#random;
    const losses: Losses = { left: 0 };
    const made: Partial<Replica> & { wallMs: number } = { wallMs: (this.#random() - 0.5) * 1000 };
    const client = simulatedClient({ time, self, random, history: this.#history, mood: this.#mood, by: name, owns: (partition) => this.#group.owners.get(partition) === made.member?.id });
    const loop = new SubscriptionLoop({
      spec: this.#spec,
      delivery: new Delivery({ spec: this.#spec, namespace: 'ns', client, replyRoom: new ReplyRoom(1024 * 1024).ofSubscription(budget), log: this.#log(), metrics: noMetrics, random }),
      budget,
      metrics: noMetrics,
      log: silence,
      clock: simulatedClock(time, self, () => start + time.now + made.wallMs),
      drainMs: 20_000,
      join: (listener) => (made.member = new SimulatedMember(this.#group, time, self, { name, random, listener, losses })),
      fetch: (listener) => simulatedFetching(this.#topic, { time, self, random, losses }, listener),
    });
    return Object.assign(made, { name, self, loop, budget, losses }) as Replica;
  }

  #log(): DeliveryLog {
    const ended = ({ event }: Subject): void => this.#history.ended(placeFrom(event?.attributes.get('id') ?? ''));
    return { delivered: ended, deadLettered: ended, dropped: ended, retrying: nothing, cut: nothing, waiting: nothing };
  }
}

const nothing = (): undefined => undefined;
const noMetrics = new Proxy({}, { get: () => nothing }) as SubscriptionMetrics;
const silence: Logger = pino({ level: 'silent' });

import { describe, expect, test } from '@jest/globals';
import { pino } from 'pino';

import { simulatedClock } from '../../test/simulation/simulated-clock.ts';
import { SimulatedTopic, simulatedFetching } from '../../test/simulation/simulated-topic.ts';
import type { Sleeper } from '../../test/simulation/virtual-time.ts';
import { VirtualTime, sleeper } from '../../test/simulation/virtual-time.ts';
import { aSubscription } from '../../test/support/dispatcher-file.ts';
import type { FetchLoop, FetchLoopListener } from '../kafka/fetch-loop.ts';
import type { GroupListener, GroupMember } from '../kafka/group-member.ts';
import type { OffsetCommit } from '../kafka/offset-commits.ts';
import { decodeProgress, encodeProgress } from './commit-metadata.ts';
import { Delivery } from './deliver.ts';
import { deliveryLog } from './delivery-log.ts';
import { FetchBudget } from './fetch-budget.ts';
import type { HttpClient, HttpRequest, Outcome } from './http/http-client.ts';
import { dispatcherMetrics } from './metrics.ts';
import { ReplyRoom } from './reply-room.ts';
import { SubscriptionLoop } from './subscription-loop.ts';
import type { Tried } from './tries.ts';

const sinkUrl = 'http://sink/';
const labels = { namespace: 'ns', channel: 'orders', subscription: 'one' };
const timeOfDay = 1_795_000_000_000;

interface Owner {
  readonly loop: SubscriptionLoop;
  /** The group as it speaks to the owner. */
  readonly group: GroupListener;
  /** What it reads, as that speaks to the owner. */
  readonly fetching: FetchLoopListener;
}

/** One partition that goes from owner to owner, and a subscriber that answers as late as it is told. Others beside it have no committed offset. */
class MovingPartition {
  readonly time = new VirtualTime();
  readonly topic: SimulatedTopic;
  /** What was committed last. */
  commit: OffsetCommit | undefined;
  /** Requests to the subscriber, and to the dead letter sink. */
  readonly requests: string[] = [];
  readonly letters: HttpRequest[] = [];
  readonly lines: { readonly level: number; readonly msg: string; readonly [field: string]: unknown }[] = [];
  readonly metrics = dispatcherMetrics();
  /** Questions for the committed offset that are not answered. */
  unanswered = 0;
  /** Where reading differs from what is usual. */
  fetching: Partial<FetchLoop> = {};
  /** Characters of metadata that the broker takes. */
  mostMetadata = 4096;
  /** Why commits fail. */
  commitError: Error | undefined;
  /** Others have every partition. */
  isSpare = false;
  isAlive = true;
  /** How long the coordinator takes for a commit. */
  commitMs = 0;
  backoffDelayMs = 100;
  answer: { afterMs: number; status: number } = { afterMs: Infinity, status: 200 };
  readonly #self: Sleeper = sleeper();
  readonly #log = pino({}, { write: (line: string) => this.lines.push(JSON.parse(line) as MovingPartition['lines'][number]) });
  readonly #retry: number;

  constructor(retry: number, events = 1, partitions = 1) {
    this.#retry = retry;
    this.topic = new SimulatedTopic(partitions);
    for (let left = events; left > 0; left -= 1) this.topic.append(0, null, 0);
  }

  get tried(): Tried | undefined {
    return decodeProgress(this.commit?.metadata ?? '', this.commit?.offset ?? 0)?.tried.get(0);
  }

  /** Value of a metric that has one series. */
  async shown(name: string): Promise<number> {
    return Number(new RegExp(`^kafkachannel_${name}\\{[^}]*\\} (\\S+)$`, 'm').exec(await this.metrics.registry.metrics())?.[1] ?? NaN);
  }

  owner(): Owner {
    const spec = aSubscription('one', { subscriberUri: 'http://subscriber/', delivery: { retry: this.#retry, backoffDelayMs: this.backoffDelayMs, timeoutMs: 600_000, deadLetterUri: sinkUrl } });
    const metrics = this.metrics.subscription(labels);
    const log = this.#log;
    const of = { channel: 'ns/orders', subscription: 'one', subscriptionUid: 'uid' };
    const budget = new FetchBudget(1024 * 1024);
    let group: GroupListener | undefined;
    let fetching: FetchLoopListener | undefined;
    const loop = new SubscriptionLoop({
      spec, metrics, log,
      delivery: new Delivery({ spec, namespace: 'ns', client: this.#client(), replyRoom: new ReplyRoom(1024 * 1024).ofSubscription(budget), log: deliveryLog(log, of), metrics, random: () => 0 }),
      budget,
      clock: simulatedClock(this.time, this.#self, () => timeOfDay + this.time.now),
      drainMs: 2000,
      join: (listener) => {
        group = listener;
        return this.#member();
      },
      fetch: (listener) => {
        fetching = listener;
        return { ...simulatedFetching(this.topic, { time: this.time, self: this.#self, random: () => 0.5, losses: { left: 0 } }, listener), ...this.fetching };
      },
    });
    if (!group || !fetching) throw new Error('it has not joined');
    return { loop, group, fetching };
  }

  /** Another owner has it for so long, and then gives it up. */
  async pass(ms: number, giveUp: (owner: Owner) => Promise<unknown>): Promise<void> {
    const owner = this.owner();
    owner.group.assigned([0], true);
    await this.time.pass(ms);
    let isGivenUp = false;
    void giveUp(owner).then(() => (isGivenUp = true));
    await this.time.pass(10_000);
    expect(isGivenUp).toBe(true);
  }

  #member(): GroupMember {
    const isAlive = (): boolean => this.isAlive;
    return {
      get isAlive() {
        return isAlive();
      },
      isSpare: this.isSpare,
      commit: (commits) => {
        const tooLong = [...commits.values()].some(({ metadata }) => metadata.length > this.mostMetadata);
        if (tooLong) return Promise.reject(Object.assign(new Error('too long'), { apiId: 'OFFSET_METADATA_TOO_LARGE' }));
        if (this.commitError) return Promise.reject(this.commitError);
        return new Promise((resolve) => this.time.after(this.commitMs, () => {
          this.commit = commits.get(0) ?? this.commit;
          resolve();
        }));
      },
      committed: () => {
        this.unanswered -= 1;
        return this.unanswered >= 0 ? new Promise(() => undefined) : Promise.resolve(new Map(this.commit ? [[0, this.commit]] : []));
      },
      partitionsSeen: () => undefined,
      leave: () => Promise.resolve(),
    };
  }

  #client(): HttpClient {
    return {
      post: (request) => {
        if (request.url === sinkUrl) {
          this.letters.push(request);
          return Promise.resolve(answered(200));
        }
        this.requests.push(request.url);
        const { afterMs, status } = this.answer;
        return new Promise((resolve, reject) => {
          request.signal.addEventListener('abort', () => reject(request.signal.reason as Error), { once: true });
          if (afterMs < Infinity) this.time.after(afterMs, () => resolve(answered(status)), this.#self);
        });
      },
      close: () => undefined,
    };
  }
}

function answered(status: number): Outcome {
  return { kind: 'answered', status, rawHeaders: [], body: Buffer.alloc(0), truncated: false };
}

const revoke = async ({ loop, group }: Owner): Promise<void> => {
  await group.revoked([0]);
  group.assigned([], true);
  await loop.stop();
};
const stop = ({ loop }: Owner): Promise<void> => loop.stop();

describe('an attempt that outlasts what its partition is waited for', () => {
  test.each([['a rebalance', revoke], ['the end of the process', stop]])('K9: is cut off by %s and counted before the partition is given up', async (_name, giveUp) => {
    const partition = new MovingPartition(3);
    await partition.pass(1000, giveUp);
    expect([partition.requests.length, partition.commit?.offset, partition.tried]).toEqual([1, 0, expect.objectContaining({ subscriber: 1, status: 0 })]);
  });

  test.each([['a rebalance', revoke], ['the end of the process', stop]])('K9: an event that hangs becomes a dead letter after retry + 1 attempts, however often its partition moves (%s)', async (_name, giveUp) => {
    const partition = new MovingPartition(5);
    for (let change = 0; change < 10; change += 1) await partition.pass(2000, giveUp);
    expect([partition.requests.length, partition.letters.length, partition.commit]).toEqual([6, 1, { offset: 1, metadata: '', epoch: 0 }]);
  });

  test('DP-16: an event without retries is not given up because its only attempt was cut off', async () => {
    const partition = new MovingPartition(0);
    await partition.pass(2000, revoke);
    partition.answer = { afterMs: 6000, status: 200 };
    await partition.pass(7000, revoke);
    expect([partition.requests.length, partition.letters.length, partition.commit?.offset]).toEqual([2, 0, 1]);
  });

  test('DP-16: an event that an earlier owner has given up goes to the dead letter sink, and to nobody else again', async () => {
    const partition = new MovingPartition(3);
    const tried: Tried = { subscriber: 1, reply: 0, status: 400, dueAt: 0, givenUpAt: 'subscriber' };
    partition.commit = { offset: 0, metadata: encodeProgress({ base: 0, end: 0, open: [], tried: new Map([[0, tried]]) }, 4096).metadata };
    partition.answer = { afterMs: 10, status: 200 };
    await partition.pass(1000, stop);
    expect([partition.requests.length, partition.letters.length, partition.commit.offset]).toEqual([0, 1, 1]);
  });

  test('K9: without retries, one whole attempt that fails ends it; and where none is whole, the fourth', async () => {
    const failing = new MovingPartition(0);
    await failing.pass(2000, revoke);
    failing.answer = { afterMs: 1000, status: 503 };
    await failing.pass(2000, revoke);
    const hanging = new MovingPartition(0);
    for (let change = 0; change < 6; change += 1) await hanging.pass(2000, revoke);
    expect([failing.requests.length, failing.letters.length, hanging.requests.length, hanging.letters.length]).toEqual([2, 1, 4, 1]);
  });
});

test('K9: what an earlier owner has left of a backoff of twenty minutes is waited for', async () => {
  const partition = new MovingPartition(3);
  partition.backoffDelayMs = 1_200_000;
  partition.answer = { afterMs: 10, status: 503 };
  await partition.pass(1000, revoke);
  await partition.pass(1_150_000, revoke);
  expect(partition.requests.length).toBe(1);
  await partition.pass(100_000, revoke);
  expect(partition.requests.length).toBe(2);
});

test('K9: what has failed is committed before it is tried again, so that it counts also where the process ends without a word', async () => {
  const partition = new MovingPartition(3);
  partition.answer = { afterMs: 10, status: 503 };
  partition.owner().group.assigned([0], true);
  await partition.time.pass(50);
  partition.answer = { afterMs: Infinity, status: 200 };
  await partition.time.pass(150);
  expect([partition.requests.length, partition.tried]).toEqual([2, expect.objectContaining({ subscriber: 1, status: 503 })]);
});

test('S-8: a subscription that is removed waits no longer for what is under way than it is told', async () => {
  const partition = new MovingPartition(3);
  const { loop, group } = partition.owner();
  group.assigned([0], true);
  await partition.time.pass(1000);
  void loop.stop(100);
  await partition.time.pass(1000);
  expect(partition.tried).toMatchObject({ subscriber: 1 });
});

test('K8, R1.1: what waits because the group may have gone on without this member goes on as soon as it is heard of again', async () => {
  const partition = new MovingPartition(0);
  partition.answer = { afterMs: 10, status: 200 };
  partition.isAlive = false;
  const { group } = partition.owner();
  group.assigned([0], true);
  await partition.time.pass(3000);
  expect(partition.requests.length).toBe(0);
  partition.isAlive = true;
  group.alive();
  await partition.time.pass(3000);
  expect([partition.requests.length, partition.commit?.offset]).toEqual([1, 1]);
});

test('R1.1: a partition that stays when another one is given up goes on', async () => {
  const partition = new MovingPartition(0, 1, 2);
  partition.answer = { afterMs: 10, status: 200 };
  const { group } = partition.owner();
  group.assigned([0, 1], true);
  await partition.time.pass(1000);
  void group.revoked([1]);
  await partition.time.pass(1000);
  group.assigned([0], true);
  partition.topic.append(0, null, 0);
  partition.topic.append(1, null, 0);
  await partition.time.pass(3000);
  expect([partition.requests.length, partition.commit?.offset]).toEqual([2, 2]);
});

test('K8: a partition that is taken away while its offset is looked up is not read', async () => {
  const partition = new MovingPartition(0, 1, 2);
  partition.topic.append(1, null, 0);
  partition.answer = { afterMs: 10, status: 200 };
  partition.fetching = { logRanges: (partitions) => new Promise((resolve) => partition.time.after(500, () => resolve(new Map(partitions.map((number) => [number, { logStart: 0, end: 1 }]))))) };
  const { group, loop } = partition.owner();
  group.assigned([0, 1], true);
  await partition.time.pass(100);
  group.assigned([0], true);
  await partition.time.pass(3000);
  expect([partition.requests.length, loop.unread]).toEqual([1, undefined]);
});

test('K8: a partition that others may have had meanwhile is begun anew: what is under way of it is abandoned', async () => {
  const partition = new MovingPartition(3);
  const { group } = partition.owner();
  group.assigned([0], true);
  await partition.time.pass(500);
  group.assigned([0], false);
  await partition.time.pass(500);
  expect(partition.requests.length).toBe(2);
});

describe('R1.1: a partition whose offset nobody tells', () => {
  test('is asked for again after a minute, and read', async () => {
    const partition = new MovingPartition(0);
    partition.unanswered = 1;
    partition.answer = { afterMs: 10, status: 200 };
    const { loop, group } = partition.owner();
    group.assigned([0], true);
    await partition.time.pass(55_000);
    expect([partition.requests.length, loop.stuck]).toEqual([0, undefined]);
    await partition.time.pass(15_000);
    expect([partition.requests.length, loop.unread]).toEqual([1, undefined]);
    expect([await partition.shown('stalls_total'), await partition.shown('subscription_stalled_partitions')]).toEqual([1, 0]);
  });

  test('and is told twice in the end, once for each time that it was asked for, is read once', async () => {
    const partition = new MovingPartition(0);
    partition.answer = { afterMs: 10, status: 200 };
    partition.fetching = { logRanges: () => new Promise((resolve) => partition.time.after(70_000, () => resolve(new Map([[0, { logStart: 0, end: 1 }]])))) };
    partition.owner().group.assigned([0], true);
    await partition.time.pass(200_000);
    expect(partition.requests.length).toBe(1);
  });

  test('and never does, makes the subscription one that only another process may help', async () => {
    const partition = new MovingPartition(0);
    partition.unanswered = Infinity;
    const { loop, group } = partition.owner();
    group.assigned([0], true);
    await partition.time.pass(200_000);
    expect([partition.requests.length, loop.stuck]).toEqual([0, 'does not read partition 0, whatever it tries']);
    expect([await partition.shown('stalls_total'), await partition.shown('subscription_stalled_partitions')]).toEqual([3, 1]);
  });
});

test('R1.2: a subscriber that answers 503 for ten minutes is no stall: nothing is rebuilt, and no connection to Kafka is given up', async () => {
  const partition = new MovingPartition(100_000, 50);
  partition.answer = { afterMs: 10, status: 503 };
  let renewals = 0;
  partition.fetching = { renew: () => void (renewals += 1) };
  const { loop, group } = partition.owner();
  group.assigned([0], true);
  await partition.time.pass(600_000);
  expect(partition.requests.length).toBeGreaterThan(50);
  expect([renewals, loop.stuck, await partition.shown('stalls_total')]).toEqual([0, undefined, 0]);
});

test('R4.4: what is finished is committed within a second, all the time that events flow', async () => {
  const partition = new MovingPartition(0, 500);
  partition.answer = { afterMs: 50, status: 200 };
  partition.owner().group.assigned([0], true);
  await partition.time.pass(900);
  for (let second = 1; second <= 20; second += 1) {
    const finished = partition.requests.length - 1;
    await partition.time.pass(1000);
    expect([second, (partition.commit?.offset ?? 0) >= finished]).toEqual([second, true]);
  }
});

test.each([[false, 'has no partitions assigned yet'], [true, undefined]])('a member that others leave no partition reads all that it should (spare: %s)', (isSpare, unread) => {
  const partition = new MovingPartition(0);
  partition.isSpare = isSpare;
  expect(partition.owner().loop.unread).toBe(unread);
});

describe('an offset', () => {
  /** An owner that has read `events` events, all delivered and committed. */
  async function caughtUp(events: number): Promise<MovingPartition> {
    const partition = new MovingPartition(0, events);
    partition.answer = { afterMs: 10, status: 200 };
    partition.owner().group.assigned([0], true);
    await partition.time.pass(5000);
    expect([partition.requests.length, partition.commit?.offset]).toEqual([events, events]);
    partition.lines.length = 0;
    return partition;
  }
  const errors = ({ lines }: MovingPartition): unknown[] => lines.filter(({ level }) => level >= 50);

  test('R4.5, B14: that the group does not have is the start of the log, which is said and committed', async () => {
    const partition = new MovingPartition(0, 5);
    partition.topic.truncate(0, 3);
    partition.owner().group.assigned([0], true);
    await partition.time.pass(3000);
    expect([partition.requests.length, partition.commit?.offset]).toEqual([1, 3]);
    expect(partition.lines).toContainEqual(expect.objectContaining({ level: 40, offsets: { 0: 3 }, msg: expect.stringContaining('no committed offset') }));
  });

  test('B12: before the start of the log means that events have expired: counted, said, and the start is next', async () => {
    const partition = await caughtUp(2);
    const log = partition.topic.log(0);
    log.end = 9;
    partition.topic.truncate(0, 9);
    partition.topic.append(0, null, 0);
    await partition.time.pass(5000);
    expect([partition.requests.length, partition.commit?.offset]).toEqual([3, 10]);
    expect(errors(partition)).toEqual([expect.objectContaining({ partition: 0, lost: 2, resumedAt: 9, expired: 7 })]);
    expect(await partition.metrics.registry.metrics()).toContain('reason="expired"} 7');
  });

  test('B8: beyond the end of the log is its end from then on: nothing is read again from the beginning', async () => {
    const partition = await caughtUp(6);
    const log = partition.topic.log(0);
    log.records.splice(4);
    log.end = 4;
    partition.owner().group.assigned([0], true);
    await partition.time.pass(5000);
    expect([partition.requests.length, partition.commit]).toEqual([6, { offset: 4, metadata: '' }]);
    expect(errors(partition)).toContainEqual(expect.objectContaining({ partition: 0, lost: 6, resumedAt: 4 }));
    partition.topic.append(0, null, 0);
    await partition.time.pass(5000);
    expect([partition.requests.length >= 7, partition.commit?.offset]).toEqual([true, 5]);
  });

  test('B8: of an event that is not finished is not passed over when the log loses its end', async () => {
    const partition = new MovingPartition(0, 6);
    partition.answer = { afterMs: 600_000, status: 200 };
    const { group } = partition.owner();
    group.assigned([0], true);
    await partition.time.pass(1000);
    const log = partition.topic.log(0);
    log.records.splice(4);
    log.end = 4;
    partition.answer = { afterMs: 10, status: 200 };
    partition.topic.wake();
    await partition.time.pass(5000);
    expect([partition.requests.length, partition.commit?.offset]).toEqual([5, 4]);
  });
});

test('B10: a partition of a new topic that others have had meanwhile goes on where they were', async () => {
  const partition = new MovingPartition(0, 3);
  const { group, fetching } = partition.owner();
  partition.commitError = new Error('the group is being rebalanced');
  group.assigned([0], true);
  await partition.time.pass(500);
  fetching.recreated?.();
  group.assigned([], true);
  partition.commitError = undefined;
  partition.commit = { offset: 2, metadata: '' };
  partition.answer = { afterMs: 10, status: 200 };
  const before = partition.requests.length;
  group.assigned([0], true);
  await partition.time.pass(3000);
  expect([partition.requests.length - before, partition.commit.offset]).toEqual([1, 3]);
});

describe('a topic that is deleted and created again', () => {
  const ids = ['0123abcd-0000-4000-8000-000000000000', '4567cdef-0000-4000-8000-000000000000'];

  /** Its owner has delivered the three events of the old topic and, before it noticed, committed that in the new one, which has so many events; the next owner reads a topic of that id. */
  async function nextOwner(events: number, topicId: string | undefined): Promise<{ readonly partition: MovingPartition; readonly loop: SubscriptionLoop }> {
    const partition = new MovingPartition(0, 3);
    partition.answer = { afterMs: 10, status: 200 };
    partition.fetching = { topicId: ids[0] };
    await partition.pass(900, revoke);
    expect(partition.commit?.offset).toBe(3);
    for (const list of [partition.topic.log(0).records, partition.requests, partition.lines]) list.length = 0;
    partition.topic.log(0).end = 0;
    for (let left = events; left > 0; left -= 1) partition.topic.append(0, null, 0);
    // A broker that is behind tells of the old log.
    partition.fetching = { topicId, logRanges: () => Promise.resolve(new Map([[0, { logStart: 2, end: 3 }]])) };
    const { loop, group } = partition.owner();
    group.assigned([0], true);
    await partition.time.pass(3000);
    return { partition, loop };
  }
  const trouble = ({ lines }: MovingPartition): unknown[] => lines.filter(({ level }) => level >= 40);

  test.each([1, 3, 5])('B10: is read from its beginning though a late owner has committed in it how far it was in the old one (%i events in the new one)', async (events) => {
    const { partition } = await nextOwner(events, ids[1]);
    expect([partition.requests.length, partition.commit?.offset]).toEqual([events, events]);
    expect(trouble(partition)).toEqual([expect.objectContaining({ partitions: [0], msg: expect.stringContaining('of a topic that was deleted') })]);
  });

  test.each([['the same topic', ids[0]], ['brokers that tell no ids', '00000000-0000-0000-0000-000000000000']])('B10: is not suspected: %s', async (_what, id) => {
    const { partition } = await nextOwner(5, id);
    expect([partition.requests.length, partition.commit?.offset, trouble(partition)]).toEqual([2, 5, []]);
  });

  test('B10: is seen before what is committed of it is believed', async () => {
    const { partition, loop } = await nextOwner(5, undefined);
    expect([partition.requests.length, loop.unread]).toEqual([0, 'does not read partition 0']);
  });
});

test('B8: a log that was cut off and has grown since is read from where it differs, also where the offset is within it', async () => {
  const partition = new MovingPartition(0, 6);
  partition.answer = { afterMs: 10, status: 200 };
  const { group, fetching } = partition.owner();
  group.assigned([0], true);
  await partition.time.pass(3000);
  expect(partition.commit?.offset).toBe(6);
  for (let left = 3; left > 0; left -= 1) partition.topic.log(0).end += 1;
  fetching.outOfRange({ partition: 0, offset: 6, maxBytes: 1000 }, 4);
  await partition.time.pass(3000);
  expect(partition.lines).toContainEqual(expect.objectContaining({ level: 50, partition: 0, lost: 6, resumedAt: 4 }));
  expect([partition.requests.length, partition.commit?.offset]).toEqual([8, 9]);
});

test('B8: news of an offset that is not read any more changes nothing', async () => {
  const partition = new MovingPartition(0, 6);
  partition.answer = { afterMs: 10, status: 200 };
  const { group, fetching } = partition.owner();
  group.assigned([0], true);
  await partition.time.pass(3000);
  fetching.outOfRange({ partition: 0, offset: 3, maxBytes: 1000 }, 1);
  await partition.time.pass(3000);
  expect([partition.requests.length, partition.commit?.offset]).toEqual([6, 6]);
});

test('B8: what another leader has written again since an earlier owner finished it is read by the next one', async () => {
  const partition = new MovingPartition(0, 6);
  partition.commit = { offset: 2, epoch: 3, metadata: encodeProgress({ base: 2, end: 6, epoch: 3, open: [2], tried: new Map() }, 4096).metadata };
  partition.answer = { afterMs: 10, status: 200 };
  const { group, fetching } = partition.owner();
  group.assigned([0], true);
  await partition.time.pass(1);
  await partition.time.pass(0);
  const [asked] = fetching.wanted();
  expect(asked).toMatchObject({ offset: 2, epoch: 3 });
  const { records } = partition.topic.log(0);
  fetching.fetched({ partition: 0, from: 2, records: records.slice(2, 5), next: 5, epochs: [{ from: 2, epoch: 3 }, { from: 4, epoch: 4 }], end: 6, logStart: 0 });
  await partition.time.pass(3000);
  expect(partition.lines).toContainEqual(expect.objectContaining({ level: 50, partition: 0, lost: 2, resumedAt: 2 }));
  expect([partition.requests.length, partition.commit.offset]).toEqual([4, 6]);
});

test('G5: an offset that is within the log after all is asked for again, without the epoch that the broker does not know', async () => {
  const partition = new MovingPartition(0, 2);
  const { group, fetching } = partition.owner();
  group.assigned([0], true);
  await partition.time.pass(500);
  fetching.fetched({ partition: 0, from: 2, records: [], next: 3, epochs: [{ from: 2, epoch: 7 }], end: 3, logStart: 0 });
  expect(fetching.wanted()).toEqual([expect.objectContaining({ offset: 3, epoch: 7 })]);
  partition.topic.log(0).end = 3;
  fetching.outOfRange({ partition: 0, offset: 3, maxBytes: 1000 });
  await partition.time.pass(500);
  expect(fetching.wanted()).toEqual([{ partition: 0, offset: 3, maxBytes: expect.any(Number) }]);
  expect(partition.lines.filter(({ level }) => level >= 50)).toEqual([]);
});

describe('a coordinator that takes five seconds for a commit', () => {
  test.each([['a rebalance', ({ group }: Owner) => group.revoked([0])], ['the end of the process', stop]])('G7: is waited for at %s: what was finished does not come again', async (_name, giveUp) => {
    const partition = new MovingPartition(0);
    partition.answer = { afterMs: 10, status: 200 };
    partition.commitMs = 5000;
    const owner = partition.owner();
    owner.group.assigned([0], true);
    await partition.time.pass(500);
    let committedThen: number | undefined;
    void giveUp(owner).then(() => (committedThen = partition.commit?.offset));
    await partition.time.pass(20_000);
    expect([partition.requests.length, committedThen]).toEqual([1, 1]);
  });
});

describe('commits that fail', () => {
  const warnings = ({ lines }: MovingPartition, text: string): unknown[] => lines.filter(({ level, msg }) => level === 40 && msg.includes(text));

  test('R4.5: for long are said once, and so is that they work again', async () => {
    const partition = new MovingPartition(0);
    partition.answer = { afterMs: 10, status: 200 };
    partition.commitError = new Error('not authorized');
    const { group } = partition.owner();
    group.assigned([0], true);
    await partition.time.pass(8000);
    expect(warnings(partition, 'committing offsets')).toEqual([]);
    await partition.time.pass(20_000);
    expect(warnings(partition, 'committing offsets: not authorized')).toHaveLength(1);
    partition.commitError = undefined;
    await partition.time.pass(3000);
    expect([partition.commit?.offset, partition.lines.filter(({ msg }) => msg.startsWith('committing offsets: works again'))]).toEqual([1, [expect.anything()]]);
  });

  test('for their metadata have less of it, down to none: the offset is committed, and it is said once', async () => {
    const partition = new MovingPartition(100);
    partition.mostMetadata = 6;
    partition.answer = { afterMs: 10, status: 503 };
    const { group } = partition.owner();
    group.assigned([0], true);
    await partition.time.pass(20_000);
    expect([partition.commit, warnings(partition, 'offset.metadata.max.bytes')]).toEqual([{ offset: 0, metadata: '' }, [expect.objectContaining({ characters: expect.any(Number) })]]);
  });
});

test('R1.1: a subscription ends though connections never say that they are closed', async () => {
  const partition = new MovingPartition(0);
  partition.answer = { afterMs: 10, status: 200 };
  partition.fetching = { close: () => new Promise(() => undefined) };
  await partition.pass(1000, stop);
  expect([partition.requests.length, partition.commit?.offset]).toEqual([1, 1]);
});

test('B10: a new topic of the same name is read from its beginning, whatever is committed of the old one, also by an assignment that comes meanwhile', async () => {
  const partition = new MovingPartition(0, 3);
  partition.answer = { afterMs: 10, status: 200 };
  partition.commit = { offset: 2, metadata: '' };
  const { group, fetching } = partition.owner();
  group.assigned([0], true);
  await partition.time.pass(2000);
  expect([partition.requests.length, partition.commit.offset]).toEqual([1, 3]);
  partition.commit = { offset: 1000, metadata: '' };
  fetching.recreated?.();
  group.assigned([0], true);
  await partition.time.pass(3000);
  expect([partition.requests.length, partition.commit.offset, partition.lines.some(({ msg }) => msg.includes('no committed offset'))]).toEqual([4, 3, false]);
});

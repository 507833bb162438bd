import { afterEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';

import { eventually } from '../../test/support/eventually.ts';
import type { FetchLink, TopicView } from './fetch-link.ts';
import type { FetchLoop } from './fetch-loop.ts';
import { fetchOver } from './fetch-loop.ts';
import type { FetchedBatch } from './fetched-records.ts';

const log = pino({ level: 'silent' });
const leader = { nodeId: 1, host: '127.0.0.1', port: 9092 };
const view: TopicView = { id: 'id', leaders: [leader] };
const never = new Promise<never>(() => undefined);

/** A link to an empty topic of one partition, but for what it is told. */
function aLink(more: Partial<FetchLink> = {}): FetchLink {
  return {
    topic: () => Promise.resolve(view),
    fetch: async (_broker, { partitions }) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      return { errorCode: 0, parts: partitions.map(({ partition, offset }) => ({ partition, errorCode: 0, lastStableOffset: offset, logStart: 0, aborted: [], records: Buffer.alloc(0) })) };
    },
    logOffsets: (_broker, _topic, partitions) => Promise.resolve(new Map(partitions.map((partition) => [partition, 0]))),
    close: () => Promise.resolve(),
    ...more,
  };
}

const loops: FetchLoop[] = [];
afterEach(async () => {
  for (const loop of loops.splice(0)) await loop.close();
});

/** A loop that wants partition 0. */
function fetching(...links: FetchLink[]): ReturnType<typeof fetchingOf> {
  return fetchingOf([0], ...links);
}

/** A loop that wants these partitions, over one link after the other, two at a time; the last ones serve for good. */
function fetchingOf(partitions: readonly number[], ...links: FetchLink[]): { loop: FetchLoop; batches: FetchedBatch[]; seen: { recreations: number; divergedAt?: number | undefined } } {
  const batches: FetchedBatch[] = [];
  const seen: { recreations: number; divergedAt?: number | undefined } = { recreations: 0 };
  const loop = fetchOver(() => (links.length > 2 ? links.shift() : links.at(-1)) ?? aLink(), {
    topic: 't', log,
    wanted: () => partitions.map((partition) => ({ partition, offset: 0, maxBytes: 1000 })),
    fetched: (batch) => void batches.push(batch),
    outOfRange: (_fetch, divergedAt) => void (seen.divergedAt = divergedAt),
    recreated: () => (seen.recreations += 1),
    partitionsSeen: () => undefined,
  });
  loops.push(loop);
  return { loop, batches, seen };
}

describe('a fetch loop', () => {
  test('reads what is wanted', async () => {
    const { loop, batches } = fetching(aLink(), aLink());
    await eventually('it is read', () => batches.length > 1);
    expect(loop.isHindered(0)).toBe(false);
  });

  test.each<{ what: string; lost: (called: () => void) => Partial<FetchLink> }>([
    { what: 'a fetch', lost: (called) => ({ fetch: () => (called(), never) }) },
    { what: 'a look at the topic', lost: (called) => ({ topic: () => (called(), never) }) },
  ])('R1.1: whose link never answers $what reads again once it is renewed', async ({ lost }) => {
    let calls = 0;
    const silent = aLink(lost(() => (calls += 1)));
    const { loop, batches } = fetching(silent, silent, aLink(), aLink());
    await eventually('it is asked', () => calls > 0);
    expect(batches).toEqual([]);
    loop.renew();
    await eventually('it is read', () => batches.length > 1);
  });

  test('once it is closed it tells of nothing more, be it a topic that was created again', async () => {
    const second = Promise.withResolvers<TopicView>();
    let looks = 0;
    const link = aLink({ topic: () => ((looks += 1) === 1 ? Promise.resolve(view) : second.promise) });
    const { loop, seen } = fetching(link, link);
    await eventually('it looks again', () => looks > 1, 10_000);
    await loop.close();
    second.resolve({ ...view, id: 'another' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen.recreations).toBe(0);
  }, 20_000);

  test('takes no answer that comes over a link which it has given up', async () => {
    const late = Promise.withResolvers<never>();
    let calls = 0;
    const old = aLink({ fetch: () => ((calls += 1), late.promise) });
    const { loop, batches } = fetching(old, old, aLink({ fetch: () => never }), aLink({ fetch: () => never }));
    await eventually('it is asked', () => calls > 0);
    loop.renew();
    late.reject(new Error('closed'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([batches, loop.isHindered(0)]).toEqual([[], false]);
  });

  test('R1.1: looks after a partition that has come to its end while the broker keeps a request without it', async () => {
    const usual = aLink();
    const asked: number[] = [];
    const link = aLink({
      topic: () => Promise.resolve({ ...view, leaders: [leader, leader] }),
      fetch: (broker, request) => {
        if (request.maxWaitMs > 0) return never;
        asked.push(...request.partitions.map(({ partition }) => partition));
        return usual.fetch(broker, request);
      },
    });
    const wanted = [0];
    const { loop, batches } = fetchingOf(wanted, link, link);
    await eventually('partition 0 is read to its end', () => batches.length > 0);
    wanted.push(1);
    loop.wake();
    await eventually('partition 1 is looked at again and again', () => asked.filter((partition) => partition === 1).length > 2, 5000, () => asked);
  });

  test('R1.1: is hindered no more once a topic that could not be seen is seen', async () => {
    let looks = 0;
    const link = aLink({ topic: () => ((looks += 1) === 1 ? Promise.reject(new Error('refused')) : Promise.resolve(view)) });
    const { loop } = fetching(link, link);
    await eventually('it is', () => loop.isHindered(0));
    loop.renew();
    await eventually('it is not', () => !loop.isHindered(0));
  });

  test('R1.1: gives a broker that does not answer some rest', async () => {
    let calls = 0;
    const link = aLink({ fetch: () => ((calls += 1), Promise.reject(new Error('refused'))) });
    fetching(link, link);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(calls).toBeLessThan(10);
  });

  test('B8: hands on where the log and what was read of it part ways', async () => {
    const link = aLink({ fetch: () => Promise.resolve({ errorCode: 0, parts: [{ partition: 0, errorCode: 0, lastStableOffset: 9, logStart: 0, divergedAt: 5, aborted: [], records: Buffer.alloc(0) }] }) });
    const { seen, batches } = fetching(link, link);
    await eventually('it is told', () => seen.divergedAt);
    expect([seen.divergedAt, batches]).toEqual([5, []]);
  });

  test('B10: goes over to a new topic of the same name once, though a broker that is behind still tells of the old one', async () => {
    const ids = ['old', 'new', 'old', 'new'];
    let looks = 0;
    const link = aLink({
      topic: () => Promise.resolve({ ...view, id: ids[Math.min(looks++, ids.length - 1)] ?? '' }),
      // Every answer makes it look at the topic.
      fetch: (_broker, { partitions }) => Promise.resolve({ errorCode: 0, parts: partitions.map(({ partition }) => ({ partition, errorCode: 100, lastStableOffset: -1, logStart: -1, aborted: [], records: Buffer.alloc(0) })) }),
    });
    const { seen } = fetching(link, link);
    await eventually('it has looked often', () => looks > 4, 10_000, () => looks);
    expect(seen.recreations).toBe(1);
  });

  test('B10: takes no answer that was asked of the old topic once there is a new one', async () => {
    const late = Promise.withResolvers<undefined>();
    const asked: string[] = [];
    let isReplaced = false;
    const usual = aLink();
    const link = aLink({
      topic: () => Promise.resolve({ id: isReplaced ? 'new' : 'old', leaders: [leader, { ...leader, nodeId: 2 }] }),
      fetch: async (broker, request) => {
        // Every answer of the other broker makes it look at the topic.
        if (request.partitions[0]?.partition === 1) return { errorCode: 0, parts: [{ partition: 1, errorCode: 6, lastStableOffset: -1, logStart: -1, aborted: [], records: Buffer.alloc(0) }] };
        asked.push(request.topicId);
        if (asked.length > 1) return await never;
        await late.promise;
        return await usual.fetch(broker, request);
      },
    });
    const { batches, seen } = fetchingOf([0, 1], link, link);
    await eventually('it has asked', () => asked.length > 0);
    isReplaced = true;
    await eventually('it has seen the new one', () => seen.recreations > 0);
    late.resolve(undefined);
    await eventually('it asks again', () => asked.length > 1);
    expect([asked, batches]).toEqual([['old', 'new'], []]);
  });

  test.each<{ what: string; more: Partial<FetchLink> }>([
    { what: 'there is no such topic', more: { topic: () => Promise.resolve(undefined) } },
    { what: 'there is no leader', more: { topic: () => Promise.resolve({ id: 'id', leaders: [undefined] }) } },
    { what: 'the leader cannot be reached', more: { fetch: () => Promise.reject(new Error('refused')) } },
    { what: 'the leader answers with an error', more: { fetch: () => Promise.resolve({ errorCode: 0, parts: [{ partition: 0, errorCode: 6, lastStableOffset: -1, logStart: -1, aborted: [], records: Buffer.alloc(0) }] }) } },
  ])('R1.1: says that Kafka hinders it where $what', async ({ more }) => {
    const { loop } = fetching(aLink(more), aLink(more));
    await eventually('it says so', () => loop.isHindered(0));
  });
});

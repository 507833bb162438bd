import { expect, jest, test } from '@jest/globals';

import { LeaderEpochs } from '../../dataplane/dispatcher/leader-epochs.ts';
import type { FetchedPart } from '../../dataplane/kafka/fetch-answer.ts';
import { fetchLink } from '../../dataplane/kafka/fetch-link.ts';
import { fetchedBatch } from '../../dataplane/kafka/fetched-records.ts';
import { eventually } from '../support/eventually.ts';
import { testKafka } from '../support/kafka.ts';
import { withProducer } from '../support/kafkajs.ts';
import { anEvent, newTopic, writeRecords } from '../support/topic.ts';

jest.setTimeout(180_000);

/** Where a reader stands: the offset that it reads next, and who has written what lies before it. */
interface Stand {
  readonly offset: number;
  readonly epoch?: number | undefined;
}

interface PartitionLog extends AsyncDisposable {
  ask(stand: Stand): Promise<FetchedPart>;
  /** Reads all of it: offsets of its records, and every place that a reader may begin at later. */
  read(): Promise<{ offsets: number[]; stands: Stand[] }>;
}

/** The log of the only partition of a topic, as a dispatcher asks for it. */
async function partitionLog(bootstrap: string, topic: string): Promise<PartitionLog> {
  const link = fetchLink({ clientId: 'test', bootstrapBrokers: [bootstrap], connectTimeout: 3000, requestTimeout: 10_000, retries: 0 });
  const view = await link.topic(topic);
  const [broker] = view?.leaders ?? [];
  if (!view || !broker) throw new Error('no leader');
  const ask = async (stand: Stand): Promise<FetchedPart> => {
    const { parts: [part] } = await link.fetch(broker, { topic, topicId: view.id, maxWaitMs: 0, maxBytes: 100_000, partitions: [{ partition: 0, maxBytes: 100_000, ...stand }] });
    if (!part) throw new Error('no answer');
    return part;
  };
  return {
    ask,
    read: async () => {
      const epochs = new LeaderEpochs();
      const [offsets, stands]: [number[], Stand[]] = [[], []];
      for (let from = 0; ; ) {
        const { records, epochs: starts, next } = fetchedBatch(await ask({ offset: from }), { from, enough: Infinity });
        if (next === from) return { offsets, stands };
        for (const start of starts) epochs.add(start);
        const read = records.map(({ offset }) => offset);
        offsets.push(...read);
        stands.push(...[...read, next].map((offset) => ({ offset, epoch: epochs.before(offset) })));
        from = next;
      }
    },
    [Symbol.asyncDispose]: () => link.close(),
  };
}

test('B8: a broker tells where its log and what was read of it part ways, by the leader that had written it', async () => {
  await using kafka = await testKafka();
  const topic = await newTopic(kafka.bootstrap);
  await writeRecords(kafka.bootstrap, topic, ...['0', '1', '2'].map((id) => anEvent(id)));
  await kafka.kill();
  await kafka.restart();
  await eventually('it takes events again', () => writeRecords(kafka.bootstrap, topic, ...['3', '4', '5'].map((id) => anEvent(id))).then(() => true, () => false), 60_000);
  await using log = await partitionLog(kafka.bootstrap, topic);
  const ask = async (offset: number, epoch?: number, enough = 1_000_000): Promise<{ divergedAt?: number | undefined; epochs: (number | undefined)[]; errorCode: number }> => {
    const part = await log.ask({ offset, epoch });
    return { divergedAt: part.divergedAt, epochs: [fetchedBatch(part, { from: offset, enough }).epochs.at(-1)?.epoch], errorCode: part.errorCode };
  };
  const { epochs: [last = -1] } = await ask(0);
  const { epochs: [first = -1] } = await ask(0, undefined, 1);
  expect(last).toBeGreaterThan(first);
  expect(await ask(3, first)).toEqual({ divergedAt: undefined, epochs: [last], errorCode: 0 });
  expect(await ask(5, first)).toEqual({ divergedAt: 3, epochs: [undefined], errorCode: 0 });
  expect(await ask(5, last)).toEqual({ divergedAt: undefined, epochs: [last], errorCode: 0 });
  expect((await ask(5, last + 1)).errorCode).toBe(1);
});

test('B8: where leaders change and what they wrote is compacted away, no place that a reader can have come to is taken for one in a log that was cut off, before a crash of the broker or after it', async () => {
  await using kafka = await testKafka({ properties: { 'log.cleaner.backoff.ms': '100' } });
  const topic = await newTopic(kafka.bootstrap, 1, undefined, { 'cleanup.policy': 'compact', 'segment.ms': '1', 'min.cleanable.dirty.ratio': '0', 'delete.retention.ms': '0' });
  await using log = await partitionLog(kafka.bootstrap, topic);
  const answered = <T>(look: () => Promise<T>): Promise<T> => eventually('the broker answers', () => look().catch((): false => false), 60_000);
  const crash = async (): Promise<void> => {
    await kafka.kill();
    await kafka.restart();
  };
  // Without an idempotent producer, of which the last batch is kept for its sequence numbers.
  const write = (id: string, key: string): Promise<unknown> => eventually(`${id} is written`, () => withProducer(kafka.bootstrap, (producer) => producer.send({ topic, messages: [anEvent(id, { key })] })).catch((): false => false), 60_000);

  const stands: Stand[] = [];
  for (const round of [0, 1, 2, 3]) {
    if (round > 0) await crash();
    for (const [id, key] of [['1', 'a'], ['2', 'b'], ['3', 'a']] as const) await write(`${round}-${id}`, key);
    stands.push(...(await answered(() => log.read())).stands);
  }
  let first: number | undefined;
  await eventually('of what earlier leaders wrote nothing is left', async () => (first = (await log.read()).offsets[0] ?? 0) >= 9, 60_000, () => first);
  const epochsThere = async (): Promise<Set<number | undefined>> => new Set((await answered(() => log.read())).stands.map(({ epoch }) => epoch));
  expect(new Set(stands.map(({ epoch }) => epoch)).size - (await epochsThere()).size).toBeGreaterThanOrEqual(2);

  for (const crashed of [false, true]) {
    if (crashed) await crash();
    const answers = await answered(() => Promise.all(stands.map(async (stand) => ({ stand, answer: await log.ask(stand) }))));
    expect(answers.filter(({ stand, answer: { divergedAt = Infinity, errorCode } }) => divergedAt < stand.offset || errorCode > 1)).toEqual([]);
  }
});

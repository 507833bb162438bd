import { expect, jest, test } from '@jest/globals';

import { fetchLink } from '../../dataplane/kafka/fetch-link.ts';
import { fetchedBatch } from '../../dataplane/kafka/fetched-records.ts';
import { eventually } from '../support/eventually.ts';
import { testKafka } from '../support/kafka.ts';
import { anEvent, newTopic, writeRecords } from '../support/topic.ts';

jest.setTimeout(180_000);

test('B8: a broker tells where its log and what was read of it part ways, by the leader that had written it', async () => {
  await using kafka = await testKafka();
  const topic = await newTopic(kafka.bootstrap);
  await writeRecords(kafka.bootstrap, topic, ...['0', '1', '2'].map((id) => anEvent(id)));
  await kafka.kill();
  await kafka.restart();
  await eventually('it takes events again', () => writeRecords(kafka.bootstrap, topic, ...['3', '4', '5'].map((id) => anEvent(id))).then(() => true, () => false), 60_000);
  const link = fetchLink({ clientId: 'test', bootstrapBrokers: [kafka.bootstrap], connectTimeout: 3000, requestTimeout: 10_000, retries: 0 });
  try {
    const view = await link.topic(topic);
    const [broker] = view?.leaders ?? [];
    if (!view || !broker) throw new Error('no leader');
    const ask = async (offset: number, epoch?: number, enough = 1_000_000): Promise<{ divergedAt?: number | undefined; epochs: (number | undefined)[]; errorCode: number }> => {
      const partitions = [{ partition: 0, offset, maxBytes: 100_000, ...(epoch !== undefined && { epoch }) }];
      const { parts: [part] } = await link.fetch(broker, { topic, topicId: view.id, maxWaitMs: 0, maxBytes: 100_000, partitions });
      if (!part) throw new Error('no answer');
      return { divergedAt: part.divergedAt, epochs: [fetchedBatch(part, { from: offset, enough }).epochs.at(-1)?.epoch], errorCode: part.errorCode };
    };
    const { epochs: [last = -1] } = await ask(0);
    const { epochs: [first = -1] } = await ask(0, undefined, 1);
    expect(last).toBeGreaterThan(first);
    expect(await ask(3, first)).toEqual({ divergedAt: undefined, epochs: [last], errorCode: 0 });
    expect(await ask(5, first)).toEqual({ divergedAt: 3, epochs: [undefined], errorCode: 0 });
    expect(await ask(5, last)).toEqual({ divergedAt: undefined, epochs: [last], errorCode: 0 });
    expect((await ask(5, last + 1)).errorCode).toBe(1);
  } finally {
    await link.close();
  }
});

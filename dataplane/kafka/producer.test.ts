import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';

import { ProduceError } from './produce-error.ts';
import type { OutgoingRecord, PartitionBatch, ProduceAnswer, ProducerIdentity, ProducerLink } from './producer-link.ts';
import { Producer } from './producer.ts';
import { producerModelRun, wrongIn } from '../../test/support/producer-model.ts';

const leader = { host: 'broker', port: 1 };
const leaders = { leader: () => leader, isUnknown: () => false, refresh: () => undefined };
const code = { ok: 0, tooLarge: 10, notLeader: 6, notEnoughReplicas: 19, unknownProducer: 59, topicAuthorization: 29, duplicateSequence: 46, outOfOrder: 45, invalidRecord: 87, invalidTimestamp: 32 };

function record(text: string) {
  return { value: Buffer.from(text), headers: [] };
}

/** A link whose answers a test decides, one call after the other; the last one stays. */
function scriptedLink(...answers: (ProduceAnswer | number | ((batches: readonly PartitionBatch[]) => ProduceAnswer | Promise<ProduceAnswer>))[]) {
  const sent: { identity: ProducerIdentity; batches: readonly PartitionBatch[] }[] = [];
  let identities = 0;
  const link: ProducerLink = {
    newIdentity: () => Promise.resolve({ id: BigInt((identities += 1)), epoch: 0 }),
    produce: async (_leader, identity, batches) => {
      const answer = answers[Math.min(sent.length, answers.length - 1)] ?? code.ok;
      sent.push({ identity, batches });
      if (typeof answer === 'function') return await answer(batches);
      return typeof answer === 'number' ? { outcome: 'answered', errorCodes: batches.map(() => answer) } : answer;
    },
    close: () => Promise.resolve(),
  };
  return { link, sent };
}

function producerOver(link: ProducerLink, deliveryTimeoutMs = 10_000): Producer {
  return new Producer({ link, leaders, deliveryTimeoutMs });
}

function sending(producer: Producer, topic: string, partition: number, outgoing: OutgoingRecord): Promise<void> {
  return new Promise((resolve, reject) => producer.send(topic, partition, outgoing, (error) => (error ? reject(error) : resolve())));
}

async function fault(outcome: Promise<void>): Promise<string> {
  return await outcome.then(() => 'stored', (error: unknown) => (error as ProduceError).fault);
}

const unknown: ProduceAnswer = { outcome: 'unknown', error: new Error('connection lost') };
const unsent: ProduceAnswer = { outcome: 'unsent', error: new Error('connection refused') };

describe('Producer', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  test('once it is closed it asks for nothing and sends nothing, whatever waited', async () => {
    const { link, sent } = scriptedLink();
    let asked = 0;
    const newIdentity = (): Promise<ProducerIdentity> => {
      asked += 1;
      return Promise.reject(new Error('no broker'));
    };
    const producer = producerOver({ ...link, newIdentity });
    const event = fault(sending(producer, 't', 0, record('1')));
    await jest.advanceTimersByTimeAsync(1000);
    await producer.close();
    const askedBefore = asked;
    await jest.advanceTimersByTimeAsync(60_000);
    expect([await event, askedBefore > 1, asked - askedBefore, sent.length, jest.getTimerCount()]).toEqual(['unavailable', true, 0, 0, 0]);
  });

  test('what waits for its leader when it is closed is not sent, nor an empty batch in its stead', async () => {
    const gate = Promise.withResolvers<ProduceAnswer>();
    const { link, sent } = scriptedLink(() => gate.promise, code.ok);
    const producer = producerOver(link);
    const first = fault(sending(producer, 't', 0, record('1')));
    await jest.advanceTimersByTimeAsync(1);
    const second = fault(sending(producer, 't', 1, record('2')));
    await jest.advanceTimersByTimeAsync(1);
    await producer.close();
    gate.resolve(unknown);
    await jest.advanceTimersByTimeAsync(60_000);
    expect([await first, await second, sent.length, jest.getTimerCount()]).toEqual(['unavailable', 'unavailable', 1, 0]);
  });

  test('a batch that nobody waits for any more is given up where its partition has no leader, and Kafka is no longer asked', async () => {
    const { link, sent } = scriptedLink(unknown, code.ok);
    const seen = { leader: leader as typeof leader | undefined, refreshed: 0 };
    const producer = new Producer({ link, leaders: { leader: () => seen.leader, isUnknown: () => false, refresh: () => void (seen.refreshed += 1) }, deliveryTimeoutMs: 5000 });
    const first = fault(sending(producer, 't', 0, record('1')));
    await jest.advanceTimersByTimeAsync(1);
    seen.leader = undefined;
    await jest.advanceTimersByTimeAsync(10_000);
    const refreshed = seen.refreshed;
    await jest.advanceTimersByTimeAsync(60_000);
    expect([await first, refreshed > 1, seen.refreshed - refreshed, jest.getTimerCount()]).toEqual(['unavailable', true, 0, 0]);
    seen.leader = leader;
    const second = sending(producer, 't', 0, record('2'));
    await jest.advanceTimersByTimeAsync(1000);
    await second;
    expect(sent.map(({ identity, batches }) => [identity.id, batches[0]?.firstSequence, batches[0]?.records.length])).toEqual([[1n, 0, 1], [2n, 0, 1]]);
    await producer.close();
  });

  test('an identity whose answer is lost for good is asked for again', async () => {
    const { link, sent } = scriptedLink();
    let asked = 0;
    const newIdentity = (): Promise<ProducerIdentity> => {
      asked += 1;
      return asked === 1 ? new Promise(() => undefined) : link.newIdentity();
    };
    const producer = producerOver({ ...link, newIdentity }, 60_000);
    const event = sending(producer, 't', 0, record('1'));
    await jest.advanceTimersByTimeAsync(30_000);
    expect([asked, sent.length]).toEqual([2, 1]);
    await event;
    await producer.close();
  });

  test('R11.2: a batch is what arrived while the last one was under way', async () => {
    const gate = Promise.withResolvers<ProduceAnswer>();
    const { link, sent } = scriptedLink(() => gate.promise, code.ok);
    const producer = producerOver(link);
    const first = sending(producer, 't', 0, record('1'));
    await jest.advanceTimersByTimeAsync(1);
    const rest = ['2', '3', '4'].map((text) => sending(producer, 't', 0, record(text)));
    await jest.advanceTimersByTimeAsync(1);
    expect(sent).toHaveLength(1);
    gate.resolve({ outcome: 'answered', errorCodes: [0] });
    await jest.advanceTimersByTimeAsync(1);
    await Promise.all([first, ...rest]);
    expect(sent.map(({ batches }) => batches.map(({ firstSequence, records }) => [firstSequence, records.length]))).toEqual([[[0, 1]], [[1, 3]]]);
  });

  test('asks for its identity once, before the first record comes', async () => {
    const { link, sent } = scriptedLink(code.ok);
    const newIdentity = jest.fn(() => link.newIdentity());
    const producer = producerOver({ ...link, newIdentity });
    producer.prepare();
    await jest.advanceTimersByTimeAsync(1);
    producer.prepare();
    expect(newIdentity).toHaveBeenCalledTimes(1);
    const stored = sending(producer, 't', 0, record('1'));
    await jest.advanceTimersByTimeAsync(1);
    await stored;
    expect([newIdentity.mock.calls.length, sent.length]).toEqual([1, 1]);
  });

  test('partitions of one leader share a request and get their own answers', async () => {
    const { link, sent } = scriptedLink((batches) => ({ outcome: 'answered', errorCodes: batches.map(({ partition }) => (partition === 1 ? code.topicAuthorization : 0)) }));
    const producer = producerOver(link);
    const outcomes = Promise.all([fault(sending(producer, 't', 0, record('a'))), fault(sending(producer, 't', 1, record('b')))]);
    await jest.advanceTimersByTimeAsync(1);
    expect(await outcomes).toEqual(['stored', 'refused']);
    expect(sent).toHaveLength(1);
  });

  test('G15: a batch whose outcome is unknown is sent again as it was', async () => {
    const { link, sent } = scriptedLink(unknown, code.notLeader, code.duplicateSequence);
    const producer = producerOver(link);
    const outcome = fault(sending(producer, 't', 0, record('1')));
    await jest.advanceTimersByTimeAsync(10);
    const later = fault(sending(producer, 't', 0, record('2')));
    await jest.advanceTimersByTimeAsync(1000);
    expect(await Promise.all([outcome, later])).toEqual(['stored', 'stored']);
    expect(sent.slice(0, 3).map(({ batches }) => batches)).toEqual(Array.from({ length: 3 }, () => sent[0]?.batches));
    expect(sent[3]?.batches[0]?.firstSequence).toBe(1);
  });

  test('G15: a batch given up in doubt takes the identity with it', async () => {
    const { link, sent } = scriptedLink(unknown);
    const producer = producerOver(link, 2000);
    const outcome = fault(sending(producer, 't', 0, record('1')));
    await jest.advanceTimersByTimeAsync(5000);
    expect(await outcome).toBe('unavailable');
    const attempts = sent.length;
    void fault(sending(producer, 't', 0, record('2')));
    await jest.advanceTimersByTimeAsync(10);
    expect(sent[attempts]).toMatchObject({ identity: { id: 2n }, batches: [{ firstSequence: 0 }] });
  });

  test.each([
    ['unsent', unsent],
    ['NOT_ENOUGH_REPLICAS', code.notEnoughReplicas],
  ])('a batch that is certainly not stored (%s) leaves identity and sequence numbers', async (_name, answer) => {
    const { link, sent } = scriptedLink(answer);
    const producer = producerOver(link, 2000);
    const outcome = fault(sending(producer, 't', 0, record('1')));
    await jest.advanceTimersByTimeAsync(5000);
    expect(await outcome).toBe('unavailable');
    const attempts = sent.length;
    void fault(sending(producer, 't', 0, record('2')));
    await jest.advanceTimersByTimeAsync(10);
    expect(sent[attempts]).toMatchObject({ identity: { id: 1n }, batches: [{ firstSequence: 0 }] });
  });

  test('G16: a lost identity is replaced once, and a batch that was not in doubt is sent with the new one', async () => {
    const { link, sent } = scriptedLink(code.unknownProducer, code.ok);
    const producer = producerOver(link);
    const outcome = fault(sending(producer, 't', 0, record('1')));
    await jest.advanceTimersByTimeAsync(100);
    expect(await outcome).toBe('stored');
    expect(sent.map(({ identity }) => identity.id)).toEqual([1n, 2n]);
  });

  test('G16: a batch in doubt is not sent under another identity', async () => {
    const { link, sent } = scriptedLink(unknown, code.outOfOrder, code.ok);
    const producer = producerOver(link);
    const outcome = fault(sending(producer, 't', 0, record('1')));
    await jest.advanceTimersByTimeAsync(1000);
    expect(await outcome).toBe('unavailable');
    expect(sent).toHaveLength(2);
  });

  test('a record that is too large, or that the broker finds invalid, spoils no other', async () => {
    for (const [errorCode, want] of [[code.tooLarge, 'too-large'], [code.invalidRecord, 'invalid']] as const) {
      const { link, sent } = scriptedLink((batches) => ({
        outcome: 'answered',
        errorCodes: batches.map(({ records }) => (records.some(({ value }) => value?.toString() === 'bad') ? errorCode : 0)),
      }));
      const producer = producerOver(link);
      const outcomes = Promise.all(['a', 'b', 'bad', 'c', 'd'].map((text) => fault(sending(producer, 't', 0, record(text)))));
      await jest.advanceTimersByTimeAsync(1000);
      expect(await outcomes).toEqual(['stored', 'stored', want, 'stored', 'stored']);
      expect(new Set(sent.map(({ identity }) => identity.id))).toEqual(new Set([1n]));
    }
  });

  test('records that the broker names as invalid are told so, each with its reason; the others of the batch are sent again at once, in their order', async () => {
    const { link, sent } = scriptedLink(
      { outcome: 'answered', errorCodes: [code.invalidRecord], blamed: [new Map([[1, 'no\nkey'], [3, '']])] },
      code.ok,
    );
    const producer = producerOver(link);
    const outgoing = ['a', 'b', 'c', 'd', 'e'].map((text) => (text === 'd' ? { ...record(text), key: Buffer.from('k') } : record(text)));
    const outcomes = Promise.all(outgoing.map((one) => sending(producer, 't', 0, one).then(() => 'stored', (error: unknown) => (error as ProduceError).message)));
    await jest.advanceTimersByTimeAsync(1000);
    expect(await outcomes).toEqual([
      'stored',
      'Kafka refused the event: INVALID_RECORD (no key): events need a partitionkey or a subject where a topic is compacted',
      'stored',
      'Kafka refused the event: INVALID_RECORD',
      'stored',
    ]);
    expect(sent.map(({ identity, batches: [batch] }) => [identity.id, batch?.firstSequence, batch?.records.map(({ value }) => String(value)).join('')])).toEqual([[1n, 0, 'abcde'], [1n, 0, 'ace']]);
    await producer.close();
  });

  test('a batch of which the broker names records that are not in it is taken apart all the same', async () => {
    const { link, sent } = scriptedLink((batches) => ({ outcome: 'answered', errorCodes: [batches[0]?.records.length === 1 ? code.ok : code.invalidRecord], blamed: [new Map([[7, '']])] }));
    const producer = producerOver(link);
    const outcomes = Promise.all(['a', 'b'].map((text) => fault(sending(producer, 't', 0, record(text)))));
    await jest.advanceTimersByTimeAsync(1000);
    expect([await outcomes, sent.length]).toEqual([['stored', 'stored'], 3]);
    await producer.close();
  });

  test('a batch whose time the broker does not take is given up as it is: every record of it has the time of the receiver', async () => {
    const { link, sent } = scriptedLink(code.invalidTimestamp);
    const producer = producerOver(link);
    const outcomes = Promise.all(['a', 'b'].map((text) => fault(sending(producer, 't', 0, record(text)))));
    await jest.advanceTimersByTimeAsync(1000);
    expect([await outcomes, sent.length]).toEqual([['refused', 'refused'], 1]);
    await producer.close();
  });

  test('without a leader, everything is answered when its time is over; a topic that is gone is said at once', async () => {
    const { link } = scriptedLink(code.ok);
    let gone = false;
    const producer = new Producer({ link, leaders: { leader: () => undefined, isUnknown: () => gone, refresh: () => undefined }, deliveryTimeoutMs: 2000 });
    const outcome = fault(sending(producer, 't', 0, record('1')));
    await jest.advanceTimersByTimeAsync(2300);
    expect(await outcome).toBe('unavailable');
    gone = true;
    const second = fault(sending(producer, 't', 0, record('2')));
    await jest.advanceTimersByTimeAsync(200);
    expect(await second).toBe('unknown-topic');
  });

  test('a lane that was waiting for a leader never has two requests under way', async () => {
    const gate = Promise.withResolvers<ProduceAnswer>();
    const { link, sent } = scriptedLink(code.ok, () => gate.promise);
    let current: { host: string; port: number } | undefined;
    const producer = new Producer({ link, leaders: { leader: (topic) => (topic === 'other' ? leader : current), isUnknown: () => false, refresh: () => undefined }, deliveryTimeoutMs: 50 });
    const first = fault(sending(producer, 'other', 0, record('first')));
    await jest.advanceTimersByTimeAsync(10);
    expect(await first).toBe('stored');
    void fault(sending(producer, 't', 0, record('1')));
    await jest.advanceTimersByTimeAsync(195);
    current = leader;
    void fault(sending(producer, 't', 0, record('2')));
    await jest.advanceTimersByTimeAsync(5);
    expect(sent).toHaveLength(2);
    current = { host: 'other', port: 2 };
    await jest.advanceTimersByTimeAsync(1000);
    void fault(sending(producer, 'u', 0, record('3')));
    await jest.advanceTimersByTimeAsync(5);
    expect(sent.flatMap(({ batches }) => batches).filter(({ topic }) => topic === 't')).toHaveLength(1);
    gate.resolve({ outcome: 'answered', errorCodes: [0] });
  });

  test('a record in doubt of a topic that is gone is not said to be certainly unstored', async () => {
    const { link } = scriptedLink(unknown);
    const state = { leader: leader as typeof leader | undefined, gone: false };
    const producer = new Producer({ link, leaders: { leader: () => state.leader, isUnknown: () => state.gone, refresh: () => undefined }, deliveryTimeoutMs: 5000 });
    const inDoubt = fault(sending(producer, 't', 0, record('1')));
    await jest.advanceTimersByTimeAsync(10);
    const waiting = fault(sending(producer, 't', 0, record('2')));
    Object.assign(state, { leader: undefined, gone: true });
    await jest.advanceTimersByTimeAsync(1000);
    expect(await Promise.all([inDoubt, waiting])).toEqual(['unavailable', 'unknown-topic']);
  });

  test('each is told once, at the end of its own time, and what is over is not sent again', async () => {
    const { link, sent } = scriptedLink(() => delay(1500).then(() => ({ outcome: 'answered', errorCodes: [code.unknownProducer] })), code.ok);
    const producer = producerOver(link, 1000);
    const told: (string | undefined)[] = [];
    producer.send('t', 0, record('late'), (error) => told.push(error?.fault));
    await jest.advanceTimersByTimeAsync(10);
    const other = fault(sending(producer, 't', 0, record('waits')));
    await jest.advanceTimersByTimeAsync(4000);
    expect(told).toEqual(['unavailable']);
    expect(await other).toBe('unavailable');
    expect(sent).toHaveLength(1);
  });

  test.each([['an hour on', 3_600_000], ['an hour back', -3_600_000]])('P7: a wall clock set %s changes no time limit', async (_name, jump) => {
    const { link } = scriptedLink(() => delay(500).then(() => ({ outcome: 'answered', errorCodes: [0] })), unsent);
    const producer = producerOver(link, 2000);
    const told: (string | undefined)[] = [];
    for (const text of ['1', '2']) {
      producer.send('t', 0, record(text), (error) => told.push(error?.fault));
      await jest.advanceTimersByTimeAsync(10);
    }
    jest.setSystemTime(Date.now() + jump);
    await jest.advanceTimersByTimeAsync(400);
    expect(told).toEqual([]);
    await jest.advanceTimersByTimeAsync(3000);
    expect(told).toEqual([undefined, 'unavailable']);
  });

  test('an answer of the link that never comes holds up nothing else', async () => {
    const { link, sent } = scriptedLink(() => new Promise(() => undefined), code.ok);
    const producer = producerOver(link);
    const lost = fault(sending(producer, 't', 0, record('1')));
    await jest.advanceTimersByTimeAsync(16_000);
    expect(await lost).toBe('unavailable');
    const next = fault(sending(producer, 't', 1, record('2')));
    await jest.advanceTimersByTimeAsync(1000);
    expect(await next).toBe('stored');
    expect(sent.at(-1)?.identity.id).toBe(2n);
  });

  test('while Kafka gives no identity, everything is answered when its time is over', async () => {
    const link: ProducerLink = { ...scriptedLink().link, newIdentity: () => Promise.reject(new Error('no broker')) };
    const outcome = fault(sending(producerOver(link, 1000), 't', 0, record('1')));
    await jest.advanceTimersByTimeAsync(1300);
    expect(await outcome).toBe('unavailable');
  });

  test('a batch stays under the broker\'s limit', async () => {
    const { link, sent } = scriptedLink(code.ok);
    const producer = producerOver(link);
    const outcomes = Promise.all(Array.from({ length: 20 }, () => sending(producer, 't', 0, { value: Buffer.alloc(200_000), headers: [] })));
    await jest.advanceTimersByTimeAsync(100);
    await outcomes;
    expect(sent.map(({ batches }) => batches[0]?.records.length)).toEqual([4, 4, 4, 4, 4]);
  });
});

describe('a Producer that knows what a topic takes', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  test('R11.4: makes no batch larger, so that none is refused', async () => {
    const { link, sent } = scriptedLink(code.ok);
    const producer = new Producer({ link, leaders, deliveryTimeoutMs: 10_000, topicLimit: (topic) => (topic === 't' ? 2000 : undefined) });
    const outcomes = Promise.all(Array.from({ length: 20 }, () => sending(producer, 't', 0, { value: Buffer.alloc(400), headers: [] })));
    await jest.advanceTimersByTimeAsync(100);
    await outcomes;
    expect(sent.map(({ batches }) => batches[0]?.records.length)).toEqual([4, 4, 4, 4, 4]);
  });
});

/** By the clock that the test moves. */
function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

describe('Producer against a broker that loses, delays and refuses', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  test.each(Array.from({ length: 30 }, (_none, seed) => seed + 1))('M5, K1, K3, K5: what is acknowledged is stored, once and in order, and no sequence number is used for other records (seed %d)', async (seed) => {
    const outcome = await producerModelRun(seed, (ms) => jest.advanceTimersByTimeAsync(ms));
    expect(wrongIn(outcome)).toEqual([]);
    expect(outcome.acknowledged.flat().length).toBeGreaterThan(outcome.sends / 3);
  });

  test.each(Array.from({ length: 30 }, (_none, seed) => seed + 1))('G15: the same where lanes go in pauses and come back (seed %d)', async (seed) => {
    const outcome = await producerModelRun(seed, (ms) => jest.advanceTimersByTimeAsync(ms), 'with pauses');
    expect(wrongIn(outcome)).toEqual([]);
    expect(outcome.acknowledged.flat().length).toBeGreaterThan(outcome.sends / 3);
  });
});

describe('what a Producer keeps of topics that are no longer used', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  const minute = 60_000;
  const oldest = 't0';
  const seen = ({ identity, batches: [batch] }: { identity: ProducerIdentity; batches: readonly PartitionBatch[] }) => [identity.id, batch?.topic, batch?.firstSequence];

  async function sendTo(producer: Producer, topics: readonly string[]): Promise<void> {
    const stored = Promise.all(topics.map((topic) => sending(producer, topic, producer.partitionWithoutKey(topic, 1), record('1'))));
    await jest.advanceTimersByTimeAsync(300);
    await stored;
  }

  function topicsOf(count: number, first = 0): string[] {
    return Array.from({ length: count }, (_none, index) => `t${first + index}`);
  }

  test('10,000 topics that come and go leave a bounded number behind', async () => {
    const producer = producerOver(scriptedLink(code.ok).link);
    let most = 0;
    for (let made = 0; made < 10_000; made += 100) {
      await sendTo(producer, topicsOf(100, made));
      most = Math.max(most, producer.topics);
      await jest.advanceTimersByTimeAsync(minute);
    }
    expect(most).toBeLessThanOrEqual(3100);
    await producer.close();
  });

  test('G15: lanes go with the identity under which the broker knows their sequence numbers, without any event waiting for the next', async () => {
    const { link, sent } = scriptedLink(code.ok);
    const next = Promise.withResolvers<ProducerIdentity>();
    let identities = 0;
    const newIdentity = (): Promise<ProducerIdentity> => ((identities += 1) === 1 ? link.newIdentity() : next.promise);
    const producer = producerOver({ ...link, newIdentity });
    await sendTo(producer, topicsOf(1001));
    await jest.advanceTimersByTimeAsync(11 * minute);
    await sendTo(producer, ['used']);
    await sendTo(producer, [oldest]);
    expect([identities, producer.topics]).toEqual([2, 1002]);
    next.resolve({ id: 9n, epoch: 0 });
    await jest.advanceTimersByTimeAsync(1);
    expect(producer.topics).toBe(2);
    await sendTo(producer, [oldest]);
    await sendTo(producer, ['t1']);
    expect(sent.slice(1).map(seen)).toEqual([[1n, 'used', 0], [1n, oldest, 1], [9n, oldest, 0], [9n, 't1', 0]]);
    await producer.close();
  });

  test('G15: few are kept, with their sequence numbers: brokers remember every identity for a day', async () => {
    const { link, sent } = scriptedLink(code.ok);
    const producer = producerOver(link);
    await sendTo(producer, topicsOf(1000));
    for (let hours = 0; hours < 3; hours += 1) {
      await jest.advanceTimersByTimeAsync(60 * minute);
      await sendTo(producer, ['used']);
    }
    await sendTo(producer, [oldest]);
    expect(sent.slice(1).map(seen)).toEqual([[1n, 'used', 0], [1n, 'used', 1], [1n, 'used', 2], [1n, oldest, 1]]);
    await producer.close();
  });

  test('G15: a lane with a batch in doubt stays, and the batch is sent again as it was, under its own identity', async () => {
    const { link, sent } = scriptedLink((batches) => (batches.some(({ topic }) => topic === 'doubt') ? unknown : { outcome: 'answered', errorCodes: batches.map(() => 0) }));
    const producer = new Producer({ link, leaders, deliveryTimeoutMs: 5000, idle: { ms: 1000, lanes: 0 } });
    await sendTo(producer, topicsOf(10));
    const inDoubt = fault(sending(producer, 'doubt', 0, record('1')));
    await jest.advanceTimersByTimeAsync(4000);
    expect(producer.topics).toBe(1);
    await sendTo(producer, ['used']);
    const attempts = sent.flatMap(({ identity, batches }) => batches.filter(({ topic }) => topic === 'doubt').map((batch) => ({ identity, batch })));
    expect(attempts.length).toBeGreaterThan(2);
    expect(attempts).toEqual(attempts.map(() => attempts[0]));
    expect(attempts[0]?.identity.id).toBe(1n);
    expect(sent.filter(({ batches }) => batches[0]?.topic === 'used').map(({ identity }) => identity.id > 1n)).toEqual([true]);
    await jest.advanceTimersByTimeAsync(5000);
    expect(await inDoubt).toBe('unavailable');
    await producer.close();
  });
});

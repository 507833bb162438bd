import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';

import { ProduceError } from './produce-error.ts';
import type { OutgoingRecord, PartitionBatch, ProduceAnswer, ProducerIdentity, ProducerLink } from './producer-link.ts';
import { Producer } from './producer.ts';

const leader = { host: 'broker', port: 1 };
const leaders = { leader: () => leader, isUnknown: () => false, refresh: () => undefined };
const code = { ok: 0, tooLarge: 10, notLeader: 6, notEnoughReplicas: 19, unknownProducer: 59, topicAuthorization: 29, duplicateSequence: 46, outOfOrder: 45, invalidRecord: 87 };

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
    for (const [errorCode, want] of [[code.tooLarge, 'too-large'], [code.invalidRecord, 'refused']] as const) {
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

/** By the clock that the test moves. */
function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A broker as far as producers see it, that loses, delays and refuses at random, and knows what it has stored. */
class ModelBroker implements ProducerLink {
  readonly log = new Map<number, string[]>();
  readonly #state = new Map<string, { next: number; last: string }>();
  readonly #bytesOf = new Map<string, string>();
  readonly #random: () => number;
  #identities = 0n;
  reused: string[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  async newIdentity(): Promise<ProducerIdentity> {
    await delay(this.#random() * 5);
    if (this.#random() < 0.1) throw new Error('no answer');
    return { id: (this.#identities += 1n), epoch: 0 };
  }

  async produce(_leader: unknown, identity: ProducerIdentity, batches: readonly PartitionBatch[]): Promise<ProduceAnswer> {
    await delay(this.#random() * 20);
    const fate = this.#random();
    if (fate < 0.05) return unsent;
    if (fate < 0.12) return unknown;
    if (fate < 0.18) {
      void delay(this.#random() * 3000).then(() => this.#storeAll(identity, batches));
      return unknown;
    }
    const errorCodes = batches.map((batch) => (this.#random() < 0.05 ? code.notEnoughReplicas : this.#store(identity, batch)));
    return fate < 0.26 ? unknown : { outcome: 'answered', errorCodes };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #storeAll(identity: ProducerIdentity, batches: readonly PartitionBatch[]): void {
    for (const batch of batches) this.#store(identity, batch);
  }

  #store(identity: ProducerIdentity, { partition, firstSequence, records }: PartitionBatch): number {
    const key = `${identity.id}/${partition}`;
    const texts = records.map(({ value }) => String(value));
    for (const [index, text] of texts.entries()) {
      const slot = `${key}/${firstSequence + index}`;
      if ((this.#bytesOf.get(slot) ?? text) !== text) this.reused.push(slot);
      this.#bytesOf.set(slot, text);
    }
    const state = this.#state.get(key);
    if (state && this.#random() < 0.02) return code.unknownProducer;
    if (state && firstSequence < state.next) return state.last === texts.join() ? code.duplicateSequence : code.ok;
    if (state && firstSequence > state.next) return code.outOfOrder;
    this.#state.set(key, { next: firstSequence + records.length, last: texts.join() });
    this.log.set(partition, [...(this.log.get(partition) ?? []), ...texts]);
    return code.ok;
  }
}

describe('Producer against a broker that loses, delays and refuses', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  test.each(Array.from({ length: 30 }, (_none, seed) => seed + 1))('M5, K1, K3, K5: what is acknowledged is stored, once and in order, and no sequence number is used for other records (seed %d)', async (seed) => {
    let state = seed * 2_654_435_761;
    const random = (): number => {
      state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
      return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
    };
    const broker = new ModelBroker(random);
    const producer = new Producer({ link: broker, leaders, deliveryTimeoutMs: 1500 });
    const acknowledged: string[][] = [[], [], []];
    let answers = 0;
    let sends = 0;
    for (let round = 0; round < 60; round += 1) {
      for (let i = 0; i < 5; i += 1) {
        const partition = Math.floor(random() * 3);
        const text = String((sends += 1)).padStart(5, '0');
        void fault(sending(producer, 't', partition, record(text))).then((outcome) => {
          answers += 1;
          if (outcome === 'stored') acknowledged[partition]?.push(text);
        });
      }
      await jest.advanceTimersByTimeAsync(Math.floor(random() * 60));
    }
    await jest.advanceTimersByTimeAsync(20_000);
    expect(answers).toBe(sends);
    expect(acknowledged.flat().length).toBeGreaterThan(sends / 3);
    expect(broker.reused).toEqual([]);
    for (const [partition, texts] of acknowledged.entries()) {
      const log = broker.log.get(partition) ?? [];
      expect(new Set(log).size).toBe(log.length);
      const positions = texts.map((text) => log.indexOf(text));
      expect(positions).not.toContain(-1);
      expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    }
  });
});

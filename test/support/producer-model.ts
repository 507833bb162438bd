import type { PartitionBatch, ProduceAnswer, ProducerIdentity, ProducerLink } from '../../dataplane/kafka/producer-link.ts';
import { Producer } from '../../dataplane/kafka/producer.ts';
import { seeded } from './random.ts';

const code = { ok: 0, notEnoughReplicas: 19, outOfOrder: 45, duplicateSequence: 46, unknownProducer: 59 };
const unknown: ProduceAnswer = { outcome: 'unknown', error: new Error('connection lost') };
const unsent: ProduceAnswer = { outcome: 'unsent', error: new Error('connection refused') };

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

export interface ModelOutcome {
  readonly sends: number;
  /** How many callbacks came; each must come once. */
  readonly answers: number;
  /** What was said to be stored, and what the broker has, by partition and in order. */
  readonly acknowledged: readonly (readonly string[])[];
  readonly logs: readonly (readonly string[])[];
  /** Sequence numbers that were used for two records. */
  readonly reused: readonly string[];
}

/** How a producer is used: all the time, or with pauses in which lanes of topics go, each partition being one of a topic of its own. */
const uses = {
  steady: { topicOf: () => 't', longestPauseMs: 60, idle: undefined },
  'with pauses': { topicOf: (partition: number) => `t${partition}`, longestPauseMs: 600, idle: { ms: 250, lanes: 0 } },
};

/** A producer against the model broker for a while, all by one seed; `advance` moves the clock (ms) that both go by. */
export async function producerModelRun(seed: number, advance: (ms: number) => Promise<void>, use: keyof typeof uses = 'steady'): Promise<ModelOutcome> {
  const { topicOf, longestPauseMs, idle } = uses[use];
  const random = seeded(seed);
  const broker = new ModelBroker(random);
  const producer = new Producer({ link: broker, leaders: { leader: () => ({ host: 'broker', port: 1 }), isUnknown: () => false, refresh: () => undefined }, deliveryTimeoutMs: 1500, ...(idle && { idle }) });
  const acknowledged: string[][] = [[], [], []];
  let answers = 0;
  let sends = 0;
  for (let round = 0; round < 60; round += 1) {
    for (let i = 0; i < 5; i += 1) {
      const partition = Math.floor(random() * 3);
      const text = String((sends += 1)).padStart(5, '0');
      producer.send(topicOf(partition), partition, { value: Buffer.from(text), headers: [] }, (error) => {
        answers += 1;
        if (!error) acknowledged[partition]?.push(text);
      });
    }
    await advance(Math.floor(random() * longestPauseMs));
  }
  await advance(20_000);
  return { sends, answers, acknowledged, logs: acknowledged.map((_texts, partition) => broker.log.get(partition) ?? []), reused: broker.reused };
}

/** What is wrong with an outcome, a line each: nothing acknowledged is missing, doubled or out of order, and everybody was told once. */
export function wrongIn({ sends, answers, acknowledged, logs, reused }: ModelOutcome): string[] {
  const wrong = reused.map((slot) => `sequence number used twice: ${slot}`);
  if (answers !== sends) wrong.push(`${answers} answers to ${sends} records`);
  for (const [partition, log] of logs.entries()) {
    if (new Set(log).size !== log.length) wrong.push(`partition ${partition}: a record is stored twice`);
    const positions = (acknowledged[partition] ?? []).map((text) => log.indexOf(text));
    if (positions.includes(-1)) wrong.push(`partition ${partition}: an acknowledged record is not stored`);
    if (positions.some((position, index) => position < (positions[index - 1] ?? -1))) wrong.push(`partition ${partition}: acknowledged records are out of order`);
  }
  return wrong;
}

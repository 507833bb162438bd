import type { Message } from 'kafkajs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

import type { DispatcherFile } from '../../contract/dispatcher-file.ts';
import { topicName } from '../../contract/names.ts';
import { freePorts } from '../../local/free-port.ts';
import { aSubscription } from '../support/dispatcher-file.ts';
import type { DispatcherProcess } from '../support/dispatcher-process.ts';
import { dispatcherProcess } from '../support/dispatcher-process.ts';
import { eventually } from '../support/eventually.ts';
import { kafkajsClient } from '../support/kafkajs.ts';
import type { TestReceiver } from '../support/receiver.ts';
import { readyReceiver } from '../support/receiver.ts';
import type { NameAnswer } from '../support/names-from-file.ts';
import type { ChaosCluster, Role } from './chaos-cluster.ts';
import type { CommitWatch } from './commit-watch.ts';
import { watchCommits } from './commit-watch.ts';
import { digestOf } from './digest.ts';
import type { SeenLag, Send, StoredRecord } from './history.ts';
import { coordinator, createTopic, leaders, logEnds, whole } from './topic-admin.ts';
import type { Setting } from './scenario.ts';
import type { Senders } from './senders.ts';
import { startSenders } from './senders.ts';
import type { Sink } from './sink.ts';
import { startSink } from './sink.ts';

const fillBatch = 1000;
const namesFromFile = pathToFileURL(join(import.meta.dirname, '..', 'support', 'names-from-file.ts')).href;

/** A channel of its own on the cluster: receivers and dispatchers as processes, senders, subscribers, and what a fault can do to them. */
export class Stage implements AsyncDisposable {
  readonly cluster: ChaosCluster;
  readonly setting: Setting;
  readonly seconds: number;
  readonly channel: { readonly namespace: string; readonly name: string };
  readonly topic: string;
  readonly file: DispatcherFile;
  readonly effects: Record<string, number> = {};
  /** What was written to the topic beside the senders. */
  readonly written: Send[] = [];
  readonly lags: SeenLag[] = [];
  lossAllowedBefore: number | undefined;
  /** What the topic held when it was deleted. */
  deleted: readonly StoredRecord[] | undefined;
  /** Processes that were killed while they had work. */
  kills = 0;
  readonly receivers: TestReceiver[] = [];
  readonly dispatchers: DispatcherProcess[] = [];
  readonly sink: Sink;
  readonly #receiverPorts: readonly number[];
  readonly #namesFile = join(tmpdir(), `knative-kafka-chaos-names-${crypto.randomUUID()}`);
  #senders: Senders | undefined;
  #commits: CommitWatch | undefined;

  private constructor(cluster: ChaosCluster, setting: Setting, seconds: number, sink: Sink, receiverPorts: readonly number[]) {
    this.cluster = cluster;
    this.setting = setting;
    this.seconds = seconds;
    this.sink = sink;
    this.#receiverPorts = receiverPorts;
    this.channel = { namespace: 'chaos', name: `c${crypto.randomUUID().slice(0, 8)}` };
    this.topic = topicName(this.channel);
    this.file = {
      channel: this.channel,
      topic: this.topic,
      subscriptions: setting.subscriptions.map(({ uid, order }) => aSubscription(uid, {
        subscriberUri: sink.url(uid),
        deliveryOrder: order,
        delivery: { ...setting.delivery, ...(setting.deadLetters && { deadLetterUri: sink.url(uid, 'dead-letter') }) },
      })),
    };
  }

  /** Everything runs, partitions have their place, and events flow. */
  static async set(cluster: ChaosCluster, setting: Setting, seconds: number): Promise<Stage> {
    const stage = new Stage(cluster, setting, seconds, await startSink(setting.named ? 'subscribers.test' : undefined), await freePorts(setting.receivers));
    try {
      await stage.name({ address: '127.0.0.1' });
      await createTopic(cluster.witness, stage.topic, setting.partitions);
      await allStarted([
        ...stage.#receiverPorts.map((_port, index) => stage.startReceiver(index)),
        ...Array.from({ length: setting.dispatchers }, () => stage.addDispatcher()),
      ]);
      stage.#commits = watchCommits(cluster.witness, stage.topic, new Map(stage.file.subscriptions.map(({ uid, group }) => [uid, group])));
      const { keyedSenders: keyed, keylessSenders: keyless, pauseMs, dataBytes } = setting;
      stage.#senders = startSenders({ urls: stage.#receiverPorts.map((port) => `http://127.0.0.1:${port}`), path: `/${stage.channel.namespace}/${stage.channel.name}`, keyed, keyless, pauseMs, dataBytes });
      await stage.sharedEvenly(60);
      await stage.flowing('at the start');
      return stage;
    } catch (error) {
      await stage[Symbol.asyncDispose]();
      throw error;
    }
  }

  get senders(): Senders {
    if (!this.#senders) throw new Error('nobody sends yet');
    return this.#senders;
  }

  /** Everything that was sent by now, to whomever. */
  get sent(): Send[] {
    return [...this.senders.log, ...this.written];
  }

  get commits(): CommitWatch {
    if (!this.#commits) throw new Error('nobody watches commits yet');
    return this.#commits;
  }

  /** Notes what the fault is known to have done. */
  felt(effect: string, count: number): void {
    this.effects[effect] = (this.effects[effect] ?? 0) + count;
  }

  /** For as long as a fault lasts, or a part of that. */
  async last(share = 1): Promise<void> {
    await delay(1000 * this.seconds * share);
  }

  /** Waits until every sender has sent something new that every subscriber has accepted; seconds that it took. */
  async flowing(when: string, limitSeconds = 90): Promise<number> {
    const from = performance.now();
    const waitsFor = (): string[] => {
      const fresh = new Map(this.senders.log.filter(({ calledAt, outcome }) => calledAt >= from && outcome === 'ok').map(({ id }) => [id, id.split('.')[0] ?? '']));
      const had = new Set(this.sink.attempts.filter(({ id, accepted }) => accepted && fresh.has(id)).map(({ id, subscription }) => `${subscription} ${fresh.get(id) ?? ''}`));
      return this.setting.subscriptions.flatMap(({ uid }) => this.senders.names.map((name) => `${uid} ${name}`)).filter((one) => !had.has(one));
    };
    await eventually(`events flow: ${when}`, () => waitsFor().length === 0, limitSeconds * 1000, () => [waitsFor(), Object.fromEntries(this.senders.troubles), this.lastWords]).catch(async (error: unknown) => {
      throw new Error(`${(error as Error).message}; ${JSON.stringify(await this.#health())}`, { cause: error });
    });
    return (performance.now() - from) / 1000;
  }

  /** What is ready, and of Kafka how many partitions are led and how many are whole. */
  async #health(): Promise<unknown> {
    const { witness } = this.cluster;
    const readiness = (url: string): Promise<string> => fetch(`${url}/readyz`).then((response) => response.text(), (error: unknown) => (error as Error).message);
    return await Promise.all([
      ...this.dispatchers.map(({ url }) => readiness(url)),
      ...this.receivers.map(({ managementUrl }) => readiness(managementUrl)),
      leaders(witness, this.topic).then(({ size }) => `${size} partitions have a leader`, (error: unknown) => (error as Error).message),
      whole(witness, this.topic).then((count) => `${count} partitions are whole`, (error: unknown) => (error as Error).message),
    ]);
  }

  /** How long after its acknowledgement each event first came to a subscriber, in ms, of those that were sent after `from`. */
  delays(uid: string, from: number): number[] {
    const first = new Map<string, number>();
    for (const { subscription, id, startedAt } of this.sink.attempts) if (subscription === uid) first.set(id, Math.min(first.get(id) ?? Infinity, startedAt));
    return this.senders.log.filter(({ outcome, calledAt }) => outcome === 'ok' && calledAt >= from).map(({ id, returnedAt }) => (first.get(id) ?? performance.now()) - returnedAt);
  }

  /** Waits until every subscription has committed something in every partition that was written after now: partitions that nobody sends to are waited for in vain. */
  async everyPartitionMoves(limitSeconds: number): Promise<void> {
    const from = await logEnds(this.cluster.witness, this.topic);
    const waitsFor = (): string[] => {
      const passed = new Set(this.commits.seen.filter(({ partition, offset }) => offset > (from.get(partition) ?? 0)).map(({ subscription, partition }) => `${subscription} ${partition}`));
      return this.setting.subscriptions.flatMap(({ uid }) => [...from.keys()].map((partition) => `${uid} ${partition}`)).filter((one) => !passed.has(one));
    };
    await eventually('every partition is delivered', () => waitsFor().length === 0, limitSeconds * 1000, () => [waitsFor(), this.lastWords]);
  }

  /** Writes numbered events to the topic by another client, a key and a partition each; all are in it when this has settled. */
  async fill(count: number): Promise<void> {
    const producer = this.kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    for (let number = 0; number < count; number += fillBatch) {
      await producer.send({ topic: this.topic, messages: Array.from({ length: Math.min(fillBatch, count - number) }, (_none, index) => this.event(`f.${number + index}.1`, (number + index) % this.setting.partitions, 'ok')) });
    }
    await producer.disconnect();
  }

  /** An event as a receiver writes it, and a note that it was written, or was not. */
  event(id: string, partition: number, outcome: Send['outcome']): Message {
    const key = `key-of-partition-${partition}`;
    const data = id.padEnd(this.setting.dataBytes, '.');
    const now = performance.now();
    this.written.push({ id, key, calledAt: now, returnedAt: now, outcome, digest: digestOf(id, key, data) });
    return { partition, key, value: data, headers: { ce_specversion: '1.0', ce_id: id, ce_source: '/chaos', ce_type: 'chaos.event', ce_subject: key, 'content-type': 'text/plain' } };
  }

  async startReceiver(index: number): Promise<void> {
    const env = { LOG_LEVEL: 'info', PORT: String(this.#receiverPorts[index] ?? 0), ...this.setting.receiverEnv };
    this.receivers[index] = await readyReceiver(this.#secret('receiver'), env);
  }

  receiver(index = 0): TestReceiver {
    const found = this.receivers[index];
    if (!found) throw new Error(`no receiver ${index}`);
    return found;
  }

  async addDispatcher(): Promise<DispatcherProcess> {
    const names = this.setting.named ? { NODE_OPTIONS: `--import=${namesFromFile}`, NAMES_FILE: this.#namesFile } : {};
    const added = await dispatcherProcess(this.#secret('dispatcher'), this.file, { LOG_LEVEL: 'info', ...names, ...this.setting.dispatcherEnv });
    this.dispatchers.push(added);
    return added;
  }

  dispatcher(index = 0): DispatcherProcess {
    const found = this.dispatchers[index];
    if (!found) throw new Error(`no dispatcher ${index}`);
    return found;
  }

  #secret(role: Role): Readonly<Record<string, string>> {
    return this.setting.sasl ? this.cluster.saslSecret : { 'bootstrap.servers': this.cluster.bootstrap(role) };
  }

  /** What dispatchers are told of the name of the subscribers from now on. */
  async name(answer: NameAnswer): Promise<void> {
    await writeFile(`${this.#namesFile}.new`, JSON.stringify(answer));
    await rename(`${this.#namesFile}.new`, this.#namesFile);
  }

  /** SIGTERM, and it is no more. */
  async removeDispatcher(index: number): Promise<void> {
    const [removed] = this.dispatchers.splice(index, 1);
    await removed?.end('SIGTERM');
    await removed?.[Symbol.asyncDispose]();
  }

  /** How many rebalances of our groups the dispatchers have told of, since each was started. */
  get rebalances(): number {
    return this.dispatchers.reduce((sum, one) => sum + one.said('partitions assigned').length, 0);
  }

  /** Partitions that the dispatchers have now, of all subscriptions together. */
  get partitionsShared(): number {
    return this.dispatchers.reduce((sum, one) => sum + this.setting.subscriptions.reduce((own, { uid }) => own + shareOf(one, uid), 0), 0);
  }

  /** Waits until every subscription's partitions are shared by all dispatchers, none with more than one above another. */
  async sharedEvenly(limitSeconds: number): Promise<void> {
    const shares = (): number[][] => this.setting.subscriptions.map(({ uid }) => this.dispatchers.map((one) => shareOf(one, uid)));
    const isEven = (own: readonly number[]): boolean => own.reduce((sum, share) => sum + share, 0) === this.setting.partitions && Math.max(...own) - Math.min(...own) <= 1;
    await eventually('the partitions are shared evenly', () => shares().every(isEven), limitSeconds * 1000, shares);
  }

  get lastWords(): string[] {
    return this.dispatchers.flatMap(({ lines, noise }) => [...lines.slice(-4).map(({ subscriptionUid, msg }) => `${String(subscriptionUid)}: ${msg}`), ...noise.slice(-3)]);
  }

  /** Broker that leads a partition of the channel's topic. */
  async leader(partition = 0): Promise<number> {
    return (await leaders(this.cluster.witness, this.topic)).get(partition) ?? 1;
  }

  /** Broker that coordinates the groups. */
  async coordinator(): Promise<number> {
    return await coordinator(this.cluster.witness);
  }

  /** The witness's client, retries included. */
  get kafka(): ReturnType<typeof kafkajsClient> {
    return kafkajsClient('', { brokers: [...this.cluster.witness] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const role of ['receiver', 'dispatcher'] as const) for (const proxy of this.cluster.proxies(role)) proxy.set(undefined);
    await this.#senders?.stop(0);
    // Those that have not become ready are not among them.
    const receivers = Object.values(this.receivers);
    for (const receiver of receivers) receiver.signal('SIGKILL');
    await Promise.all([...this.dispatchers, ...receivers].map((one) => one[Symbol.asyncDispose]()));
    await this.#commits?.end().catch(() => undefined);
    await this.sink[Symbol.asyncDispose]();
    await rm(this.#namesFile, { force: true });
  }
}

/** Fails when one could not be started, but not before the others have: whoever starts can be stopped then. */
async function allStarted(starts: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(starts);
  await Promise.all(starts);
}

/** Partitions of a subscription that a dispatcher was assigned last. */
function shareOf(dispatcher: DispatcherProcess, uid: string): number {
  const last = dispatcher.lines.findLast(({ msg, subscriptionUid }) => msg === 'partitions assigned' && subscriptionUid === uid);
  return (last?.['partitions'] as number[] | undefined)?.length ?? 0;
}

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { AssignerProtocol, Kafka, logLevel } from 'kafkajs';
import type { Admin } from 'kafkajs';

import { formatDispatcherFile } from '../contract/dispatcher-file.ts';
import { groupId, topicName } from '../contract/names.ts';
import { freePorts } from '../local/free-port.ts';
import { startKafka } from '../local/kafka/embedded-kafka.ts';
import type { Order } from './arrivals.ts';
import type { BuiltMain } from './built-main.ts';
import { builtMain } from './built-main.ts';
import { byTurns, eventsRatio, medianRound } from './by-turns.ts';
import { CpuQuota } from './cpu-quota.ts';
import type { DispatcherBench, Measured } from './dispatcher-figures.ts';
import { concurrencyOf, numberedEvents, warmUpShare } from './dispatcher-figures.ts';
import { reportDispatcher } from './dispatcher-report.ts';
import { fillTopic } from './filled-topic.ts';
import { MeasuredProcess, until } from './measured-process.ts';
import type { Sink, SinkReport } from './sink-process.ts';
import type { Posting } from './undici-process.ts';

interface Measuring {
  readonly order: Order;
  /** Requests that must be under way before the clock starts. */
  readonly underWay: number;
  readonly start: (port: number) => Promise<MeasuredProcess[]>;
  readonly started?: () => Promise<void>;
  /** Share of a core for each process, once the warm-up has arrived. */
  readonly cores?: number | undefined;
}

/** A subscription that has read nothing yet, and what is to read it. */
interface Fresh {
  readonly folder: string;
  readonly uid: string;
  readonly image: BuiltMain;
}

const channel = { namespace: 'bench', name: 'events' };
const topic = topicName(channel);
/** Part of the events after which the clock stops where there are shares: of the rest one replica may have nothing left. */
const countedShare = 0.9;
const stalledAfterMs = 20_000;
const settleMs = 2000;
/** Within which all replicas join: a partition that changes its owner later is drained first, and the sink that holds its event keeps it from that. */
const joinWithinMs = 3000;

/** Dispatchers on a real Kafka with a topic filled beforehand, and in the same run what undici alone does; a table on stdout, its last line one JSON object. */
export async function benchDispatcher(bench: DispatcherBench): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-bench-'));
  const [kafkaPort = 0, controllerPort = 0] = await freePorts(2);
  const kafka = await startKafka({ folder: join(folder, 'kafka'), jarCache: join(import.meta.dirname, '..', '.knative-kafka'), port: kafkaPort, controllerPort, properties: { 'group.initial.rebalance.delay.ms': String(joinWithinMs) } });
  const admin = new Kafka({ brokers: [kafka.bootstrap], logLevel: logLevel.NOTHING }).admin();
  try {
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: bench.partitions }], waitForLeaders: true });
    await fillTopic(kafka.bootstrap, { topic, bytes: bench.bytes, ...numberedEvents(bench) });
    const floor = await measureUndici({ ...bench, replicas: 1, coresPerReplica: undefined });
    await mkdir(join(folder, 'secret'));
    await writeFile(join(folder, 'secret', 'bootstrap.servers'), kafka.bootstrap);
    let started = 0;
    const measureNext = (replicas: number, image: BuiltMain): Promise<Measured> => measureDispatchers({ ...bench, replicas }, admin, { folder, uid: `bench-${(started += 1)}`, image });
    const own = builtMain('dispatcher');
    const other = otherDispatchers(own, bench);
    if (other) {
      const dispatchers = await byTurns(() => measureNext(other.replicas, other.image), () => measureNext(bench.replicas, own));
      const floorRounds = bench.against === undefined ? await byTurns(() => measureUndici({ ...bench, replicas: 1 }), () => measureUndici(bench)) : undefined;
      reportDispatcher(bench, floor, medianRound(dispatchers, eventsRatio).round.own, { dispatchers, floor: floorRounds });
    } else reportDispatcher(bench, floor, await measureNext(bench.replicas, own));
  } finally {
    await admin.disconnect();
    await kafka.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What they are measured by turns with, if anything. */
function otherDispatchers(own: BuiltMain, { replicas, coresPerReplica, against }: DispatcherBench): { readonly image: BuiltMain; readonly replicas: number } | undefined {
  if (against !== undefined) return { image: builtMain('dispatcher', against), replicas };
  return coresPerReplica === undefined ? undefined : { image: own, replicas: 1 };
}

/** Most that may be under way at a time by what the order demands. */
function mostUnderWay(bench: DispatcherBench): number {
  const { order, partitions, connections, replicas, events } = bench;
  if (order === 'ordered') return partitions;
  return Math.min(connections * replicas, order === 'keyed' ? partitions * numberedEvents(bench).keysPerPartition : events);
}

/** As many processes of undici as there are replicas, each with its share of the partitions. */
async function measureUndici(bench: DispatcherBench): Promise<Measured> {
  const shares = Array.from({ length: bench.replicas }, (_, replica) => partitionNumbers(bench).filter((partition) => partition % bench.replicas === replica));
  const underWay = shares.reduce((sum, share) => sum + concurrencyOf(bench, share.length), 0);
  return await measure(bench, { order: 'unordered', underWay, start: (port) => Promise.resolve(shares.map((share) => undiciAlone(bench, port, share))), cores: bench.coresPerReplica });
}

function partitionNumbers({ partitions }: DispatcherBench): number[] {
  return Array.from({ length: partitions }, (_, partition) => partition);
}

function undiciAlone(bench: DispatcherBench, port: number, partitions: readonly number[]): MeasuredProcess {
  const posting: Posting = { port, partitions, eventsPerPartition: numberedEvents(bench).eventsPerPartition, concurrency: concurrencyOf(bench, partitions.length), bytes: bench.bytes };
  return new MeasuredProcess(join(import.meta.dirname, 'undici-process.ts'), [JSON.stringify(posting)]);
}

async function measureDispatchers(bench: DispatcherBench, admin: Admin, fresh: Fresh): Promise<Measured> {
  return await measure(bench, {
    order: bench.order,
    underWay: mostUnderWay(bench),
    start: (port) => startDispatchers(bench, fresh, port),
    started: () => partitionsShared(admin, groupOf(fresh), bench),
    cores: bench.coresPerReplica,
  });
}

function groupOf({ uid }: Fresh): string {
  return groupId(channel, uid);
}

async function startDispatchers(bench: DispatcherBench, fresh: Fresh, port: number): Promise<MeasuredProcess[]> {
  const { folder, uid, image } = fresh;
  const file = join(folder, 'dispatcher.json');
  await writeFile(file, formatDispatcherFile({
    channel,
    topic,
    subscriptions: [{
      uid, name: uid, group: groupOf(fresh), subscriberUri: `http://127.0.0.1:${port}/`, deliveryOrder: bench.order, maxInFlight: bench.connections,
      delivery: { retry: 3, backoffPolicy: 'exponential', backoffDelayMs: 1000, timeoutMs: 600_000, format: 'binary' },
    }],
  }));
  const ports = await freePorts(bench.replicas);
  return ports.map((managementPort) => new MeasuredProcess(image.file, image.args, { ...image.env, MANAGEMENT_PORT: String(managementPort), KAFKA_SECRET_DIR: join(folder, 'secret'), DISPATCHER_FILE: file, LOG_LEVEL: 'warn', EGRESS_ALLOW: '127.0.0.0/8' }));
}

async function partitionsShared(admin: Admin, group: string, { partitions, replicas }: DispatcherBench): Promise<void> {
  const fairShare = Math.floor(partitions / replicas);
  await until(`the group has ${replicas} member(s) with ${fairShare} partition(s) or more each`, async () => {
    const { groups: [described] } = await admin.describeGroups([group]);
    const members = described?.state === 'Stable' ? described.members : [];
    return members.length === replicas && members.every(({ memberAssignment }) => partitionsIn(memberAssignment) >= fairShare);
  });
}

function partitionsIn(assignment: Buffer): number {
  return AssignerProtocol.MemberAssignment.decode(assignment)?.assignment[topic]?.length ?? 0;
}

/** Everything is started and under way, held by the sink, before the clock starts. */
async function measure(bench: DispatcherBench, { order, underWay, start, started, cores }: Measuring): Promise<Measured> {
  using limits = new DisposableStack();
  const [port = 0, controlPort = 0] = await freePorts(2);
  const expected = { order, ...numberedEvents(bench) };
  const sink = new MeasuredProcess(join(import.meta.dirname, 'sink-process.ts'), [JSON.stringify({ port, controlPort, threads: bench.replicas, expected } satisfies Sink)]);
  const ask = async (method: 'GET' | 'POST'): Promise<SinkReport> => (await (await fetch(`http://127.0.0.1:${controlPort}/`, { method })).json()) as SinkReport;
  let processes: MeasuredProcess[] = [];
  try {
    await until('the sink answers', async () => (await ask('GET')).held === 0);
    processes = await start(port);
    await started?.();
    let held = 0;
    await until(`${underWay} requests are under way`, async () => (held = (await ask('GET')).held) >= underWay).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}; there are ${held}`);
    });
    await delay(settleMs);
    const waitingRssMiB = largest(processes);
    let from = { arrived: 0, elapsedMs: 0, cpuSeconds: cpuSeconds(processes) };
    await ask('POST');
    if (cores !== undefined) {
      await until('the warm-up has arrived', async () => (await ask('GET')).arrived >= warmUpShare * bench.events);
      for (const { child } of processes) limits.use(CpuQuota.of(child.pid ?? 0, cores));
      from = { ...(await ask('GET')), cpuSeconds: cpuSeconds(processes) };
    }
    const counted = cores === undefined ? undefined : await arrivals(countedShare * bench.events, () => ask('GET'), processes);
    const last = await arrivals(expected.eventsPerPartition * expected.partitions, () => ask('GET'), processes);
    const to = counted ?? last;
    const arrived = to.report.arrived - from.arrived;
    return {
      report: last.report,
      eventsPerSecond: (arrived * 1000) / (to.report.elapsedMs - from.elapsedMs),
      cpuMicrosPerEvent: ((to.cpuSeconds - from.cpuSeconds) * 1e6) / arrived,
      rssMiB: Math.max(counted?.rssMiB ?? 0, last.rssMiB),
      waitingRssMiB,
      sinkBusy: last.report.cpuMs / last.report.elapsedMs,
    };
  } finally {
    await Promise.all([...processes, sink].map((process) => process.stop()));
  }
}

/** Waits until so many have arrived; fails when none does for a while. */
async function arrivals(count: number, ask: () => Promise<SinkReport>, processes: readonly MeasuredProcess[]): Promise<{ report: SinkReport; rssMiB: number; cpuSeconds: number }> {
  let rssMiB = 0;
  let progress = { arrived: 0, at: performance.now() };
  for (;;) {
    const report = await ask();
    rssMiB = Math.max(rssMiB, largest(processes));
    if (report.arrived >= count) return { report, rssMiB, cpuSeconds: cpuSeconds(processes) };
    if (report.arrived !== progress.arrived) progress = { arrived: report.arrived, at: performance.now() };
    if (performance.now() - progress.at > stalledAfterMs) throw new Error(`${report.arrived} of ${count} events arrived, and none for ${stalledAfterMs / 1000} s`);
    await delay(100);
  }
}

function cpuSeconds(processes: readonly MeasuredProcess[]): number {
  return processes.reduce((sum, process) => sum + process.cpuSeconds(), 0);
}

function largest(processes: readonly MeasuredProcess[]): number {
  return Math.max(...processes.map((process) => process.rssMiB()));
}

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Kafka, logLevel } from 'kafkajs';

import { topicName } from '../contract/names.ts';
import { freePorts } from '../local/free-port.ts';
import { startKafka } from '../local/kafka/embedded-kafka.ts';
import type { BareProduce } from './bare-produce.ts';
import { bareProduce } from './bare-produce.ts';
import type { BuiltMain } from './built-main.ts';
import { builtMain } from './built-main.ts';
import { byTurns, eventsRatio, medianRound } from './by-turns.ts';
import type { Load, LoadResult } from './load.ts';
import { warmUpRequests } from './load.ts';
import { MeasuredProcess, until } from './measured-process.ts';
import type { Measured, ReceiverBench, ReceiverFigures } from './receiver-figures.ts';
import { partitions, warmUpSeconds } from './receiver-figures.ts';
import { reportReceiver } from './receiver-report.ts';
import { startReceiver } from './started-receiver.ts';

const channel = { namespace: 'bench', name: 'events' };
const project = join(import.meta.dirname, '..');
const lookEveryMs = 250;
const roundTripsPerSecond = 20;

/** The receiver on a real Kafka, and in the same run what a server that does nothing costs; a table on stdout, its last line one JSON object. */
export async function benchReceiver(bench: ReceiverBench): Promise<void> {
  const image = builtMain('receiver');
  const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-bench-'));
  const [kafkaPort = 0, controllerPort = 0, floorPort = 0, tcpPort = 0] = await freePorts(4);
  const kafka = await startKafka({ folder: join(folder, 'kafka'), jarCache: join(project, '.knative-kafka'), port: kafkaPort, controllerPort });
  try {
    await createTopic(kafka.bootstrap);
    const secret = join(folder, 'secret');
    await mkdir(secret);
    await writeFile(join(secret, 'bootstrap.servers'), kafka.bootstrap);
    const env = { ...image.env, KAFKA_SECRET_DIR: secret, ROUTES_FILE: join(folder, 'no-routes.json'), LOG_LEVEL: 'warn' };
    const sender = await measure(['tcp', String(tcpPort)], tcpPort, bench);
    const floor = await measure(['http', String(floorPort)], floorPort, bench);
    const main = { ...image, env };
    const other = otherReceiver(main, bench);
    const measured = other ? await measureByTurns(main, other, kafka.bootstrap, bench) : await measureReceiver(main, kafka.bootstrap, bench);
    reportReceiver(bench, { sender, floor, ...measured });
  } finally {
    await kafka.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

type OfReceiver = Pick<ReceiverFigures, 'receiver' | 'roundTrip' | 'readyMs' | 'idleRssMiB' | 'rounds'>;

async function measureReceiver(main: BuiltMain, bootstrap: string, bench: ReceiverBench): Promise<OfReceiver> {
  await using one = await startReceiver(main, bench.workers);
  const measuring = underLoad(one.process, one.port, bench);
  const [receiver, roundTrip] = await Promise.all([measuring, bareProduce({ ...topicAndSize(bench), bootstrap, ended: measuring })]);
  return { receiver, roundTrip, readyMs: one.readyMs, idleRssMiB: one.idleRssMiB };
}

interface OtherReceiver {
  readonly main: BuiltMain;
  readonly workers: number;
}

/** What the receiver is measured by turns with, if anything. */
function otherReceiver(main: BuiltMain, { workers, coresPerWorker, against }: ReceiverBench): OtherReceiver | undefined {
  if (against !== undefined) return { main: { ...builtMain('receiver', against), env: main.env }, workers };
  return coresPerWorker === undefined ? undefined : { main, workers: 1 };
}

async function measureByTurns(main: BuiltMain, other: OtherReceiver, bootstrap: string, bench: ReceiverBench): Promise<OfReceiver> {
  await using otherOne = await startReceiver(other.main, other.workers);
  await using ownOne = await startReceiver(main, bench.workers);
  const loads = [
    { started: otherOne, load: { ...bench, connections: bench.connections * other.workers } },
    { started: ownOne, load: { ...bench, connections: bench.connections * bench.workers } },
  ] as const;
  for (const { started, load: its } of loads) await load(started.port, { ...its, seconds: warmUpSeconds });
  if (bench.coresPerWorker !== undefined) for (const { started } of loads) started.holdWorkersTo(bench.coresPerWorker);
  const [measureOther, measureOwn] = loads.map(({ started, load: its }) => () => underLoad(started.process, started.port, its)) as [() => Promise<Measured>, () => Promise<Measured>];
  const measuring = byTurns(measureOther, measureOwn);
  const [rounds, roundTrip] = await Promise.all([measuring, bareProduce({ ...topicAndSize(bench), bootstrap, ended: measuring })]);
  const { own: receiver } = medianRound(rounds, eventsRatio).round;
  return { receiver, roundTrip, readyMs: ownOne.readyMs, idleRssMiB: ownOne.idleRssMiB, rounds };
}

function topicAndSize({ bytes, rate }: ReceiverBench): Pick<BareProduce, 'topic' | 'bytes' | 'rate' | 'firstOnes'> {
  return { topic: topicName(channel), bytes, rate: rate ?? roundTripsPerSecond, firstOnes: rate === undefined ? 5 : warmUpRequests };
}

async function createTopic(bootstrap: string): Promise<void> {
  const admin = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: topicName(channel), numPartitions: partitions }], waitForLeaders: true });
  await admin.disconnect();
}

/** A server to compare with, under the same load. */
async function measure(args: readonly string[], port: number, bench: ReceiverBench): Promise<Measured> {
  const server = new MeasuredProcess(join(import.meta.dirname, 'floor-process.ts'), args);
  try {
    await until(`${args.join(' ')} answers`, async () => (await load(port, { ...bench, connections: 1, seconds: 0 })).answers > 0);
    return await underLoad(server, port, bench);
  } finally {
    await server.stop();
  }
}

async function underLoad(server: MeasuredProcess, port: number, bench: ReceiverBench): Promise<Measured> {
  const before = server.cpuSeconds();
  let rssMiB = 0;
  const looking = setInterval(() => (rssMiB = Math.max(rssMiB, server.rssMiB())), lookEveryMs);
  try {
    const result = await load(port, bench);
    const refused = Object.entries(result.byStatus).filter(([status]) => status !== '202');
    if (refused.length > 0) throw new Error(`not every event was accepted: ${JSON.stringify(result.byStatus)}`);
    return { ...result, cpuMicrosPerEvent: ((server.cpuSeconds() - before) * 1e6) / result.answers, rssMiB };
  } finally {
    clearInterval(looking);
  }
}

function load(port: number, { connections, seconds, bytes, rate }: Pick<ReceiverBench, 'connections' | 'seconds' | 'bytes' | 'rate'>): Promise<LoadResult> {
  const request = [
    `POST /${channel.namespace}/${channel.name} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'ce-specversion: 1.0',
    'ce-id: 00000000-0000-4000-8000-000000000000',
    'ce-source: /bench',
    'ce-type: bench.event',
    'Content-Type: application/octet-stream',
    `Content-Length: ${bytes}`,
    '',
    'x'.repeat(bytes),
  ].join('\r\n');
  const argument = JSON.stringify({ port, request, connections, seconds, ...(rate !== undefined && { rate }) } satisfies Load);
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [join(import.meta.dirname, 'load-process.ts'), argument], (error, stdout, stderr) => {
      if (error) reject(new Error(`the sender failed: ${stderr}`, { cause: error }));
      else resolve(JSON.parse(stdout) as LoadResult);
    });
  });
}

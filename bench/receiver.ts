import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Kafka, logLevel } from 'kafkajs';

import { topicName } from '../contract/names.ts';
import { freePorts } from '../local/free-port.ts';
import { startKafka } from '../local/kafka/embedded-kafka.ts';
import { builtMain } from './built-main.ts';
import type { LoadResult } from './load.ts';
import { MeasuredProcess, until } from './measured-process.ts';

export interface ReceiverBench {
  readonly workers: number;
  readonly connections: number;
  readonly bytes: number;
  readonly seconds: number;
}

interface Measured extends LoadResult {
  readonly cpuMicrosPerEvent: number;
  readonly rssMiB: number;
}

const channel = { namespace: 'bench', name: 'events' };
const partitions = 10;
const project = join(import.meta.dirname, '..');

/** The receiver on a real Kafka, and in the same run what a server that does nothing costs; a table on stdout, its last line one JSON object. */
export async function benchReceiver(bench: ReceiverBench): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-bench-'));
  const [kafkaPort = 0, controllerPort = 0, port = 0, managementPort = 0, floorPort = 0, tcpPort = 0] = await freePorts(6);
  const kafka = await startKafka({ folder: join(folder, 'kafka'), jarCache: join(project, '.knative-kafka'), port: kafkaPort, controllerPort });
  try {
    await createTopic(kafka.bootstrap);
    const secret = join(folder, 'secret');
    await mkdir(secret);
    await writeFile(join(secret, 'bootstrap.servers'), kafka.bootstrap);
    const sender = await measure('floor-process.ts', ['tcp', String(tcpPort)], tcpPort, bench);
    const floor = await measure('floor-process.ts', ['http', String(floorPort)], floorPort, bench);

    const image = builtMain('receiver');
    const receiver = new MeasuredProcess(image.file, image.args, {
      PORT: String(port),
      MANAGEMENT_PORT: String(managementPort),
      KAFKA_SECRET_DIR: secret,
      ROUTES_FILE: join(folder, 'no-routes.json'),
      WORKERS: String(bench.workers),
      LOG_LEVEL: 'warn',
    });
    try {
      const readyMs = await until('the receiver is ready', async () => (await fetch(`http://127.0.0.1:${managementPort}/readyz`)).ok);
      const idleRssMiB = receiver.rssMiB();
      const measured = await underLoad(receiver, port, bench);
      report(bench, { sender, floor, receiver: measured, readyMs, idleRssMiB });
    } finally {
      await receiver.stop();
    }
  } finally {
    await kafka.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function createTopic(bootstrap: string): Promise<void> {
  const admin = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: topicName(channel), numPartitions: partitions }], waitForLeaders: true });
  await admin.disconnect();
}

async function measure(file: string, args: readonly string[], port: number, bench: ReceiverBench): Promise<Measured> {
  const server = new MeasuredProcess(join(import.meta.dirname, file), args);
  try {
    await until(`${args.join(' ')} answers`, async () => (await load(port, { ...bench, connections: 1, seconds: 0 })).answers > 0);
    return await underLoad(server, port, bench);
  } finally {
    await server.stop();
  }
}

async function underLoad(server: MeasuredProcess, port: number, bench: ReceiverBench): Promise<Measured> {
  const before = server.cpuSeconds();
  const result = await load(port, bench);
  const cpuMicrosPerEvent = ((server.cpuSeconds() - before) * 1e6) / result.answers;
  return { ...result, cpuMicrosPerEvent, rssMiB: server.rssMiB() };
}

function load(port: number, { connections, seconds, bytes }: Pick<ReceiverBench, 'connections' | 'seconds' | 'bytes'>): Promise<LoadResult> {
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
  const argument = JSON.stringify({ port, request, connections, seconds });
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [join(import.meta.dirname, 'load-process.ts'), argument], (error, stdout, stderr) => {
      if (error) reject(new Error(`the sender failed: ${stderr}`, { cause: error }));
      else resolve(JSON.parse(stdout) as LoadResult);
    });
  });
}

interface Rows {
  readonly sender: Measured;
  readonly floor: Measured;
  readonly receiver: Measured;
  readonly readyMs: number;
  readonly idleRssMiB: number;
}

function report(bench: ReceiverBench, { sender, floor, receiver, readyMs, idleRssMiB }: Rows): void {
  const row = (name: string, { eventsPerSecond, cpuMicrosPerEvent, p50Ms, p99Ms, byStatus }: Measured): string =>
    [name.padEnd(34), eventsPerSecond.toFixed(0).padStart(9), cpuMicrosPerEvent.toFixed(1).padStart(11), p50Ms.toFixed(2).padStart(8), p99Ms.toFixed(2).padStart(8), ` ${JSON.stringify(byStatus)}`].join(' ');
  console.log(`${bench.connections} connections, ${bench.bytes} bytes, ${partitions} partitions, acks=all, ${bench.workers} worker(s), ${bench.seconds} s each, no warm-up`);
  console.log([''.padEnd(34), ' events/s', 'CPU µs each', '  p50 ms', '  p99 ms', ' answers'].join(' '));
  console.log(row('sender alone (TCP, parses nothing)', sender));
  console.log(row('floor (node:http, body, 202)', floor));
  console.log(row('receiver', receiver));
  console.log(`the sender is not the bottleneck: alone it makes ${(sender.eventsPerSecond / receiver.eventsPerSecond).toFixed(1)} times the receiver's rate; RSS idle ${idleRssMiB.toFixed(0)} MiB`);
  const round = (value: number, digits = 2): number => Number(value.toFixed(digits));
  console.log(
    JSON.stringify({
      bench: 'receiver',
      workers: bench.workers,
      connections: bench.connections,
      bytes: bench.bytes,
      eventsPerSecond: round(receiver.eventsPerSecond, 0),
      cpuMicrosPerEvent: round(receiver.cpuMicrosPerEvent),
      floorEventsPerSecond: round(floor.eventsPerSecond, 0),
      floorCpuMicrosPerEvent: round(floor.cpuMicrosPerEvent),
      cpuRatio: round(receiver.cpuMicrosPerEvent / floor.cpuMicrosPerEvent),
      p50Ms: round(receiver.p50Ms),
      p99Ms: round(receiver.p99Ms),
      rssMiB: round(receiver.rssMiB, 0),
      readyMs: round(readyMs, 0),
    }),
  );
}

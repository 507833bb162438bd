import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { openLog } from '../log-file.ts';
import { StartError } from '../start-error.ts';
import { dockerRemedy, kafkaJars } from './jars.ts';

export interface EmbeddedKafkaOptions {
  /** Folder of this broker: data, configuration and log. Data that is there is kept. */
  readonly folder: string;
  /** Folder that keeps the jars. */
  readonly jarCache: string;
  readonly version?: string;
  /** Port of the plaintext listener on 127.0.0.1. */
  readonly port: number;
  readonly controllerPort: number;
  /** Broker properties beside ours, such as further listeners. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Arguments for formatting the storage, such as `--add-scram`. */
  readonly formatArguments?: readonly string[];
  readonly javaOptions?: readonly string[];
  readonly onProgress?: (text: string) => void;
  /** Ends what is being started. */
  readonly signal?: AbortSignal;
}

export interface EmbeddedKafka {
  readonly bootstrap: string;
  readonly logFile: string;
  readonly pid: number;
  /** Settles with the exit code when the broker has ended, wanted or not. */
  readonly ended: Promise<number | null>;
  /** SIGTERM, and SIGKILL after 10 s. */
  stop(): Promise<void>;
  /** SIGKILL: for tests of what survives it. */
  kill(): Promise<void>;
}

const readyTimeoutMs = 60_000;

/** Starts a one-node Apache Kafka (KRaft) as a process of its own, and waits until it takes connections. It ends when this process does. */
export async function startKafka(options: EmbeddedKafkaOptions): Promise<EmbeddedKafka> {
  await checkJava();
  const jars = await kafkaJars({ cache: options.jarCache, ...(options.version && { version: options.version }), ...(options.onProgress && { onProgress: options.onProgress }), ...(options.signal && { signal: options.signal }) });
  await mkdir(options.folder, { recursive: true });
  const classPath = join(jars, '*');
  const configuration = join(options.folder, 'server.properties');
  await writeFile(configuration, serverProperties(options));
  if (!existsSync(join(options.folder, 'data', 'meta.properties'))) await format(classPath, configuration, options);

  const logFile = join(options.folder, 'kafka.log');
  const log = openLog(logFile);
  const tether = join(import.meta.dirname, '..', 'tether.ts');
  // In a session of its own: Ctrl-C is for us, and we end the broker last.
  const child = spawn(process.execPath, [tether, 'java', ...javaArguments(options), '-cp', classPath, 'kafka.Kafka', configuration], { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  void ended.then(() => log.end());
  await waitUntilReady(options, ended, logFile).catch(async (error: unknown) => {
    await end(child, ended, 'SIGKILL');
    throw error;
  });
  return { bootstrap: `127.0.0.1:${options.port}`, logFile, pid: child.pid ?? 0, ended, stop: () => end(child, ended, 'SIGTERM'), kill: () => end(child, ended, 'SIGKILL') };
}

function javaArguments(options: EmbeddedKafkaOptions): string[] {
  return ['-Xmx512m', '-Xms64m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-Dorg.slf4j.simpleLogger.showDateTime=true', ...(options.javaOptions ?? [])];
}

function serverProperties({ folder, port, controllerPort, properties }: EmbeddedKafkaOptions): string {
  const all: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT',
    'log.dirs': join(folder, 'data'),
    'auto.create.topics.enable': 'false',
    'offsets.topic.num.partitions': '4',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'log.cleaner.dedupe.buffer.size': '4194304',
    'log.retention.check.interval.ms': '60000',
    ...properties,
  };
  return Object.entries(all).map(([key, text]) => `${key}=${text}\n`).join('');
}

async function checkJava(): Promise<void> {
  const remedy = `install Java 17 or newer (Debian: apt-get install default-jdk), ${dockerRemedy}`;
  const said = await output('java', ['-version']).catch((error: unknown) => {
    throw new StartError('cannot start Apache Kafka', 'Java (java) is not on the PATH', remedy, { cause: error });
  });
  const major = /version "(?:1\.)?(\d+)/.exec(said)?.[1];
  if (major !== undefined && Number(major) < 17) throw new StartError('cannot start Apache Kafka', `Java ${major} is on the PATH`, remedy);
}

async function format(classPath: string, configuration: string, options: EmbeddedKafkaOptions): Promise<void> {
  await rm(join(options.folder, 'data'), { recursive: true, force: true });
  const clusterId = 'knative-kafka-embedded0';
  await output('java', ['-Xmx128m', '-XX:TieredStopAtLevel=1', '-cp', classPath, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', configuration, ...(options.formatArguments ?? [])]);
}

/** What a command printed, on either stream; throws that when it fails. */
function output(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, (error, stdout, stderr) => {
      if (error) reject(new Error(`${command}: ${stderr || stdout || error.message}`, { cause: error }));
      else resolve(stdout + stderr);
    });
  });
}

async function waitUntilReady(options: EmbeddedKafkaOptions, ended: Promise<number | null>, logFile: string): Promise<void> {
  const deadline = Date.now() + readyTimeoutMs;
  const over = ended.then(() => true);
  for (;;) {
    options.signal?.throwIfAborted();
    if (await canConnect(options.port)) return;
    if ((await Promise.race([over, delay(100, false)])) || Date.now() > deadline) {
      const lines = (await readFile(logFile, 'utf8').catch(() => '')).trim().split('\n');
      const reason = lines.findLast((line) => /ERROR|Exception/.test(line)) ?? lines.at(-1) ?? '';
      throw new StartError('Apache Kafka did not start', reason || 'it said nothing', `read ${logFile}`);
    }
  }
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function end(child: ChildProcess, ended: Promise<number | null>, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  child.kill(signal === 'SIGTERM' ? 'SIGTERM' : 'SIGUSR2');
  const patience = setTimeout(() => child.stdin?.end(), 7000);
  patience.unref();
  await ended;
  clearTimeout(patience);
}

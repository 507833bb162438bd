import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

import { StartError } from '../start-error.ts';

const tether = join(import.meta.dirname, '..', 'tether.ts');
const pom = join(import.meta.dirname, 'pom.xml');

export interface JarsOptions {
  /** Folder that keeps the jars, one sub-folder a version. */
  readonly cache: string;
  /** Default: that of pom.xml. */
  readonly version?: string;
  readonly onProgress?: (text: string) => void;
  /** Ends the fetching. */
  readonly signal?: AbortSignal;
}

/** Folder with the jars of an Apache Kafka; fetched by Maven the first time. */
export async function kafkaJars(options: JarsOptions): Promise<string> {
  const version = options.version ?? (await pomVersion());
  const folder = join(options.cache, `kafka-${version}`);
  if (existsSync(folder)) return folder;
  options.onProgress?.(`fetching Apache Kafka ${version} with Maven (once, about 45 MB)`);
  const partial = `${folder}.partial-${process.pid}`;
  await mkdir(options.cache, { recursive: true });
  try {
    await copyDependencies(version, partial, options.signal);
    await rename(partial, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return folder;
}

async function pomVersion(): Promise<string> {
  const version = /<kafka\.version>(.+)<\/kafka\.version>/.exec(await readFile(pom, 'utf8'))?.[1];
  if (!version) throw new Error(`${pom}: no kafka.version`);
  return version;
}

async function copyDependencies(version: string, folder: string, signal: AbortSignal | undefined): Promise<void> {
  await checkMaven();
  const args = ['-q', '-B', '-U', '-f', pom, `-Dkafka.version=${version}`, 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${folder}`];
  const child = spawn(process.execPath, [tether, 'mvn', ...args], { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  const end = (): void => void child.stdin.end();
  signal?.addEventListener('abort', end, { once: true });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  signal?.removeEventListener('abort', end);
  signal?.throwIfAborted();
  if (code !== 0) {
    throw new StartError(`cannot fetch Apache Kafka ${version}`, mavenFault(said.join('')) ?? `mvn ended with ${String(code)}`, `check the network and the version, ${dockerRemedy}`);
  }
}

/** The first fault that Maven tells, in plain text and without what it says of itself. */
export function mavenFault(said: string): string | undefined {
  const line = stripVTControlCharacters(said).split('\n').find((text) => text.includes('[ERROR]'));
  return line?.replace(/^.*\[ERROR\]\s*/, '').replace(/\s*->\s*\[Help \d+\]:?\s*$/, '');
}

async function checkMaven(): Promise<void> {
  const code = await new Promise<number | null>((resolve) => {
    spawn('mvn', ['--version'], { stdio: 'ignore' }).once('error', () => resolve(null)).once('close', resolve);
  });
  if (code === null) throw new StartError('cannot fetch Apache Kafka', 'Maven (mvn) is not on the PATH', noMavenRemedy);
}

export const dockerRemedy = 'or start a broker with "docker run -p 9092:9092 apache/kafka" and pass --kafka localhost:9092';
const noMavenRemedy = `install Maven 3 and Java 17 or newer (Debian: apt-get install maven default-jdk), ${dockerRemedy}`;

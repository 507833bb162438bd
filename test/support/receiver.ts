import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { eventually } from './eventually.ts';

export interface TestReceiver extends AsyncDisposable {
  /** Address of the port for events. */
  readonly url: string;
  readonly managementUrl: string;
  /** Everything it has written, to either stream. */
  output(): string;
  /** Sends an event to a path, such as `/namespace/channel`. */
  post(path: string, headers?: Record<string, string>, body?: string | Buffer): Promise<Answer>;
  metrics(): Promise<string>;
  putRoutes(text: string): Promise<void>;
  /** Changes a key of its Secret. */
  putSecret(key: string, value: string): Promise<void>;
  signal(name: NodeJS.Signals): void;
  readonly pid: number;
  /** Process ids of its workers. */
  children(): number[];
  /** SIGTERM, unless it had one already, for a second one ends it at once; and the exit code. */
  stop(): Promise<number | null>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly ms: number;
}

const main = join(import.meta.dirname, '..', '..', 'dataplane', 'receiver', 'main.ts');

/** Headers of an event in binary mode. */
export function eventHeaders(id = '1', more: Record<string, string> = {}): Record<string, string> {
  return { 'ce-specversion': '1.0', 'ce-id': id, 'ce-source': '/test', 'ce-type': 'test.event', ...more };
}

/** A receiver as a process of its own, with a Secret of these keys, as pods and local mode run it; on ports of its choice. `program`: arguments for Node. */
export async function testReceiver(secret: Readonly<Record<string, string>>, env: Record<string, string> = {}, program: readonly string[] = [main]): Promise<TestReceiver> {
  const started = await startedReceiver(secret, env, program);
  const line = await eventually('the receiver is started', () => /"port":(\d+),"managementPort":(\d+)/.exec(started.output()) ?? undefined, 60_000, () => started.output()).catch(async (error: unknown) => {
    await started.stop();
    throw error;
  });
  const url = `http://127.0.0.1:${line[1] ?? ''}`;
  const managementUrl = `http://127.0.0.1:${line[2] ?? ''}`;
  return {
    ...started,
    url,
    managementUrl,
    post: (path, headers = eventHeaders(), body = '') => post(url + path, headers, body),
    metrics: async () => await (await fetch(`${managementUrl}/metrics`)).text(),
    [Symbol.asyncDispose]: () => started.stop().then(() => undefined),
  };
}

/** A receiver that is ready: Kafka has answered. */
export async function readyReceiver(secret: Readonly<Record<string, string>>, env: Record<string, string> = {}, program: readonly string[] = [main]): Promise<TestReceiver> {
  const receiver = await testReceiver(secret, env, program);
  await eventually('the receiver is ready', async () => (await fetch(`${receiver.managementUrl}/readyz`)).ok, 60_000, () => receiver.output()).catch(async (error: unknown) => {
    await receiver.stop();
    throw error;
  });
  return receiver;
}

/** What a receiver with this Secret says before it ends by itself, and its exit code. */
export async function receiverEnding(secret: Readonly<Record<string, string>>): Promise<{ code: number | null; output: string }> {
  const { ended, output, stop } = await startedReceiver(secret, {}, [main]);
  const patience = setTimeout(() => void stop(), 10_000);
  const code = await ended;
  clearTimeout(patience);
  await stop();
  return { code, output: output() };
}

async function startedReceiver(secret: Readonly<Record<string, string>>, env: Record<string, string>, program: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-receiver-'));
  await mkdir(join(folder, 'kafka'));
  for (const [key, value] of Object.entries(secret)) await writeFile(join(folder, 'kafka', key), value);
  const routes = join(folder, 'routes.json');
  const whole = { PATH: process.env['PATH'], LOG_LEVEL: 'trace', PORT: '0', MANAGEMENT_PORT: '0', KAFKA_SECRET_DIR: join(folder, 'kafka'), ROUTES_FILE: routes, ...env };
  const child = spawn(process.execPath, program, { env: whole, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  let told = false;
  const signal = (name: NodeJS.Signals): void => {
    told ||= name === 'SIGTERM';
    child.kill(name);
  };
  return {
    ended,
    pid: child.pid ?? 0,
    output: () => said,
    putRoutes: (text: string) => writeFile(routes, text),
    putSecret: (key: string, value: string) => writeFile(join(folder, 'kafka', key), value),
    signal,
    children: () => readFileSync(`/proc/${child.pid ?? 0}/task/${child.pid ?? 0}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    stop: async (): Promise<number | null> => {
      if (!told) signal('SIGTERM');
      const patience = setTimeout(() => child.kill('SIGKILL'), 30_000);
      const code = await ended;
      clearTimeout(patience);
      await rm(folder, { recursive: true, force: true });
      return code;
    },
  };
}

async function post(url: string, headers: Record<string, string>, body: string | Buffer): Promise<Answer> {
  const start = performance.now();
  const response = await fetch(url, { method: 'POST', headers, body: typeof body === 'string' ? body : new Uint8Array(body), signal: AbortSignal.timeout(40_000) });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, ms: performance.now() - start };
}

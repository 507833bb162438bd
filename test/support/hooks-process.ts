import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { freePorts } from '../../local/free-port.ts';
import { systemNamespace } from './hook-objects.ts';

export interface HooksProcess extends AsyncDisposable {
  readonly port: number;
  readonly token: string;
  /** What it has written to either stream. */
  readonly output: () => string;
  /** Waits, 5 s at most, until it has written this. */
  readonly said: (text: string) => Promise<void>;
  /** POSTs JSON with the token; fails after 5 s by default, which is how long a hook may take. */
  readonly post: (path: string, body: unknown, limitMs?: number) => Promise<{ code: number; text: string }>;
  /** SIGTERM, and its exit code; a fault that nobody caught has ended it before, with another code. */
  readonly stop: () => Promise<number | null>;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const main = join(import.meta.dirname, '..', '..', 'hooks', 'main.ts');
const token = 'token-of-the-test';

interface Running {
  readonly ended: Promise<Ended>;
  readonly said: { stdout: string; stderr: string };
  readonly kill: () => boolean;
}

function run(env: Record<string, string>): Running {
  const child = spawn(process.execPath, [main], { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, ...said })));
  return { ended, said, kill: () => child.kill('SIGTERM') };
}

/** Starts `hooks/main.ts` with this environment and waits for it to end by itself. */
export async function hooksEnding(env: Record<string, string>): Promise<Ended> {
  const running = run(env);
  const patience = setTimeout(running.kill, 25_000);
  try {
    return await running.ended;
  } finally {
    clearTimeout(patience);
  }
}

/** The hooks as a process of their own, ready. */
export async function hooksProcess(env: Record<string, string> = {}): Promise<HooksProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-hooks-'));
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, `${token}\n`);
  const [port = 0] = await freePorts(1);
  const running = run({ PORT: String(port), SYSTEM_NAMESPACE: systemNamespace, RECEIVER_IMAGE: 'receiver:test', DISPATCHER_IMAGE: 'dispatcher:test', TOKEN_FILE: tokenFile, ...env });
  const stop = async (): Promise<number | null> => {
    running.kill();
    const { code } = await running.ended;
    await rm(folder, { recursive: true, force: true });
    return code;
  };
  const output = (): string => running.said.stdout + running.said.stderr;
  await ready(port, output).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { port, token, output, said: (text) => said(output, text), post: (path, body, limitMs) => post(port, path, body, limitMs), stop, [Symbol.asyncDispose]: () => stop().then(() => undefined) };
}

async function ready(port: number, output: () => string): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const ok = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    if (Date.now() > deadline) throw new Error(`the hooks are not ready after 20 s: ${output()}`);
    await delay(50);
  }
}

async function said(output: () => string, text: string): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!output().includes(text)) {
    if (Date.now() > deadline) throw new Error(`the hooks have not said "${text}" within 5 s, but: ${output()}`);
    await delay(20);
  }
}

async function post(port: number, path: string, body: unknown, limitMs = 5000): Promise<{ code: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    signal: AbortSignal.timeout(limitMs),
  });
  return { code: response.status, text: await response.text() };
}

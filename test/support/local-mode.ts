import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const root = join(import.meta.dirname, '..', '..');

/** A command of the project under way, with what it has said so far. */
export interface Running {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Arrival of each piece of output: ms since the start. */
  readonly heardAt: readonly number[];
  /** Settles with the exit code, or with the signal's name. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** Waits until something has been said; throws what was said when it takes too long or the command ends before. */
  said(pattern: RegExp, limitMs?: number): Promise<RegExpExecArray>;
}

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Run by another program, such as a shell. */
  readonly through?: readonly string[];
}

/** `npm start` without npm, in a session of its own, as a terminal would have it. */
export function localMode(args: readonly string[], options: CommandOptions = {}): Running {
  return command(['local/bootstrap.js', 'start', ...args], options);
}

export function renderMode(args: readonly string[], options: CommandOptions = {}): Running {
  return command(['local/bootstrap.js', 'render', ...args], options);
}

function command(words: readonly string[], { env = process.env, through = [] }: CommandOptions): Running {
  const startedAt = Date.now();
  const [file = '', ...args] = [...through, process.execPath, ...words];
  const child = spawn(file, args, { cwd: root, env: { ...env, INIT_CWD: root }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const heard = { stdout: '', stderr: '' };
  const heardAt: number[] = [];
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      heard[name] += text;
      heardAt.push(Date.now() - startedAt);
    });
  }
  let over = false;
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => {
      over = true;
      resolve(code ?? signal);
    });
  });
  const said = async (pattern: RegExp, limitMs = 60_000): Promise<RegExpExecArray> => {
    const deadline = Date.now() + limitMs;
    for (;;) {
      const match = pattern.exec(`${heard.stdout}\n${heard.stderr}`);
      if (match) return match;
      if (over || Date.now() > deadline) throw new Error(`${String(pattern)} was not said${over ? ' before the end' : ` in ${limitMs} ms`}:\n${heard.stdout}\n${heard.stderr}`);
      await delay(50);
    }
  };
  return { child, stdout: () => heard.stdout, stderr: () => heard.stderr, heardAt, ended, said };
}

/** A copy of the quick start in a temporary folder. */
export async function quickstartCopy(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-local-'));
  await cp(join(root, 'examples', 'quickstart'), folder, { recursive: true, filter: (path) => !path.includes('.knative-kafka') });
  return { folder, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }) };
}

/** Processes that have something to do with a folder: it is in their command line, or they work in it. As `pid command`. */
export function processesOf(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => ({ pid, command: attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' '), cwd: attempt(() => readlinkSync(`/proc/${pid}/cwd`)) }))
    .filter(({ command: line, cwd }) => line.includes(folder) || cwd.startsWith(folder))
    .map(({ pid, command: line }) => `${pid} ${line}`);
}

/** Waits until no process has to do with a folder; settles with those that are left when the time is over. */
export async function leftOver(folder: string, limitMs: number): Promise<string[]> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const left = processesOf(folder);
    if (left.length === 0 || Date.now() > deadline) return left;
    await delay(50);
  }
}

/** For a test that has failed: what it started and did not end. */
export function killProcessesOf(folder: string): void {
  for (const line of processesOf(folder)) {
    try {
      process.kill(Number(line.split(' ')[0]), 'SIGKILL');
    } catch {
      // It has ended in between.
    }
  }
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

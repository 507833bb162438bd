import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { WriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

const tether = join(import.meta.dirname, '..', 'tether.ts');

export interface ProcessOptions {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly log: WriteStream;
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
}

/** A process that ends with us, whatever happens to us. */
export interface TetheredProcess {
  readonly pid: number;
  /** Exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  /** SIGTERM, and SIGKILL when it takes longer than `patienceMs`. */
  stop(patienceMs: number): Promise<void>;
  /** SIGKILL, to it and all it started. */
  kill(): void;
}

/** Starts a command in a session of its own, so that Ctrl-C reaches us only, and we decide in which order things end. */
export function startProcess({ command, env, folder, log, onLine }: ProcessOptions): TetheredProcess {
  const child = spawn(process.execPath, [tether, ...command], { cwd: folder, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => undefined);
  for (const stream of ['stdout', 'stderr'] as const) {
    createInterface({ input: child[stream] }).on('line', (line) => {
      log.write(`${line}\n`);
      onLine(line, stream);
    });
  }
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  return { pid: child.pid ?? 0, ended, stop: (patienceMs) => stop(child, ended, patienceMs), kill: () => killGroup(child) };
}

async function stop(child: ChildProcess, ended: Promise<number | null>, patienceMs: number): Promise<void> {
  child.kill('SIGTERM');
  const patience = new AbortController();
  const tooLong = delay(patienceMs, undefined, { signal: patience.signal }).then(() => killGroup(child), () => undefined);
  await ended;
  patience.abort();
  await tooLong;
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended in between.
  }
}

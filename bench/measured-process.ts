import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const clockTicksPerSecond = 100;
const stopPatienceMs = 40_000;

/** A process whose CPU time and memory are read from /proc, those of its children included. */
export class MeasuredProcess implements AsyncDisposable {
  readonly child: ChildProcess;

  constructor(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.child = spawn(process.execPath, [file, ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] });
  }

  cpuSeconds(): number {
    const ticks = this.#tree().map((pid) => {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
      return Number(fields[11]) + Number(fields[12]);
    });
    return ticks.reduce((sum, count) => sum + count, 0) / clockTicksPerSecond;
  }

  rssMiB(): number {
    const kib = this.#tree().map((pid) => Number(/VmRSS:\s+(\d+)/.exec(statusOf(pid))?.[1] ?? 0));
    return kib.reduce((sum, count) => sum + count, 0) / 1024;
  }

  /** The processes that it has started, or itself where there are none. */
  workers(): number[] {
    const [root = 0, ...children] = this.#tree();
    return children.length > 0 ? children : [root];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const late = setTimeout(() => this.child.kill('SIGKILL'), stopPatienceMs);
    await ended;
    clearTimeout(late);
  }

  #tree(): number[] {
    const root = this.child.pid ?? 0;
    const parents = new Map(
      readdirSync('/proc').flatMap((name) => {
        if (!/^\d+$/.test(name)) return [];
        try {
          return [[Number(name), Number(readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')[1])] as const];
        } catch {
          return [];
        }
      }),
    );
    return [root, ...[...parents].filter(([, parent]) => parent === root).map(([pid]) => pid)];
  }
}

/** Empty where the process has just ended. */
function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

/** Milliseconds until the check holds; fails after `limitMs`. */
export async function until(what: string, check: () => Promise<boolean>, limitMs = 30_000): Promise<number> {
  const start = performance.now();
  for (;;) {
    if (await check().catch(() => false)) return performance.now() - start;
    if (performance.now() - start > limitMs) throw new Error(`${what}: not so after ${limitMs} ms`);
    await delay(10);
  }
}

import type { WriteStream } from 'node:fs';

import { openLog } from '../log-file.ts';
import type { TetheredProcess } from './process.ts';
import { startProcess } from './process.ts';

export interface PodOptions {
  readonly title: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly logFile: string;
  /** Address that answers 2xx when the pod is ready; without one, it is ready when it runs. */
  readonly readinessUrl: string | undefined;
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
  readonly onReady: (ready: boolean) => void;
  readonly onPid: (pid: number) => void;
  /** It ended by itself, and is started again after `restartInMs`. */
  readonly onCrash: (code: number | null, restartInMs: number) => void;
}

/** A process that is started again when it ends, later each time, and asked whether it is ready. */
export class Pod {
  readonly #options: PodOptions;
  readonly #log: WriteStream;
  #process: TetheredProcess | undefined;
  #stopping = false;
  #ready = false;
  #crashes = 0;
  #restart: NodeJS.Timeout | undefined;
  #probe: NodeJS.Timeout | undefined;

  constructor(options: PodOptions) {
    this.#options = options;
    this.#log = openLog(options.logFile);
    this.#start();
  }

  get crashes(): number {
    return this.#crashes;
  }

  async stop(patienceMs: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    clearTimeout(this.#probe);
    await this.#process?.stop(patienceMs);
    await new Promise((resolve) => this.#log.end(resolve));
  }

  kill(): void {
    this.#stopping = true;
    clearTimeout(this.#restart);
    this.#process?.kill();
  }

  #start(): void {
    const { command, env, folder, onLine, onPid } = this.#options;
    const started = startProcess({ command, env, folder, log: this.#log, onLine });
    this.#process = started;
    onPid(started.pid);
    const startedAt = Date.now();
    void started.ended.then((code) => this.#ended(code, Date.now() - startedAt));
    if (this.#options.readinessUrl === undefined) this.#setReady(true);
    else this.#probe = setTimeout(() => void this.#ask(), 100);
  }

  #ended(code: number | null, livedMs: number): void {
    clearTimeout(this.#probe);
    this.#process = undefined;
    if (this.#stopping) return;
    this.#setReady(false);
    this.#crashes = livedMs > 60_000 ? 1 : this.#crashes + 1;
    const restartInMs = Math.min(500 * 2 ** this.#crashes, 30_000);
    this.#options.onCrash(code, restartInMs);
    this.#restart = setTimeout(() => this.#start(), restartInMs);
  }

  async #ask(): Promise<void> {
    const asked = this.#process;
    const ready = await isReady(this.#options.readinessUrl ?? '');
    if (this.#stopping || this.#process !== asked) return;
    this.#setReady(ready);
    this.#probe = setTimeout(() => void this.#ask(), ready ? 1000 : 150);
  }

  #setReady(ready: boolean): void {
    if (ready === this.#ready) return;
    this.#ready = ready;
    this.#options.onReady(ready);
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

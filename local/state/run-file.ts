import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { StartError } from '../start-error.ts';
import type { ProcessId } from './process-table.ts';
import { isAlive, killGroup, processId } from './process-table.ts';

/** What a run writes down about itself: that it runs, what it started, and where it can be reached. */
export interface RunFile {
  readonly main: ProcessId;
  readonly children: readonly ProcessId[];
  /** Lines for people; missing until it is ready. */
  readonly addresses?: readonly string[];
}

export type Earlier = { readonly state: 'none' } | { readonly state: 'running' | 'died'; readonly run: RunFile };

/** What the run file says about an earlier run. */
export async function earlierRun(file: string): Promise<Earlier> {
  const run = await readRun(file);
  if (!run) return { state: 'none' };
  return { state: isAlive(run.main) ? 'running' : 'died', run };
}

/** Ends what a run that died left behind: it gets a moment to end by itself. */
export async function cleanUpAfter(run: RunFile, patienceMs = 4000): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (run.children.some(isAlive) && Date.now() < deadline) await delay(50);
  run.children.forEach(killGroup);
  while (run.children.some(isAlive) && Date.now() < deadline + 2000) await delay(20);
}

/** The run file of this process. */
export class OwnRun {
  readonly #file: string;
  #run: RunFile = { main: processId(process.pid), children: [] };
  #writing: Promise<void> = Promise.resolve();

  constructor(file: string) {
    this.#file = file;
  }

  /** False when another process was faster. */
  async claim(): Promise<boolean> {
    const folder = dirname(this.#file);
    await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
      throw codeOf(error) === 'EEXIST' ? new StartError(`cannot use the state folder ${folder}`, 'it is a file', 'move it away', { cause: error }) : unwritable(folder, error);
    });
    const file = await open(this.#file, 'wx', 0o600).catch((error: unknown) => {
      if (codeOf(error) === 'EEXIST') return undefined;
      throw unwritable(folder, error);
    });
    await file?.writeFile(JSON.stringify(this.#run));
    await file?.close();
    return file !== undefined;
  }

  started(pid: number): void {
    this.#write({ ...this.#run, children: [...this.#run.children.filter(isAlive), processId(pid)] });
  }

  ready(addresses: readonly string[]): void {
    this.#write({ ...this.#run, addresses });
  }

  async release(): Promise<void> {
    await this.#writing;
    await rm(this.#file, { force: true });
  }

  #write(run: RunFile): void {
    this.#run = run;
    const next = `${this.#file}.next`;
    this.#writing = this.#writing.then(async () => {
      await writeFile(next, JSON.stringify(run), { mode: 0o600 });
      await rename(next, this.#file);
    }).catch(() => undefined);
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

function unwritable(folder: string, error: unknown): StartError {
  return new StartError(`cannot use the state folder ${folder}`, 'it cannot be made or written', 'copy the manifests to a folder that you may write to, and name it with -f', { cause: error });
}

async function readRun(file: string): Promise<RunFile | undefined> {
  // A file that was only just created is empty for a moment.
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const run = parsed(text);
    if (run) return run;
    await delay(50);
  }
  return { main: { pid: 0, born: 'unreadable' }, children: [] };
}

function parsed(text: string): RunFile | undefined {
  try {
    const run = JSON.parse(text) as Partial<RunFile>;
    return typeof run.main?.pid === 'number' && Array.isArray(run.children) ? (run as RunFile) : undefined;
  } catch {
    return undefined;
  }
}

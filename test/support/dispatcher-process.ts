import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import type { DispatcherFile } from '../../contract/dispatcher-file.ts';
import { dispatcherFileName, formatDispatcherFile } from '../../contract/dispatcher-file.ts';
import type { DispatcherLine, TestDispatcher } from './dispatcher.ts';
import { allowLoopback } from './egress.ts';
import { eventually } from './eventually.ts';

export interface DispatcherProcess extends TestDispatcher {
  readonly pid: number;
  /** Address of the management port. */
  readonly url: string;
  /** What it wrote that is no line of the log. */
  readonly noise: string[];
  /** Puts another file in place as kubelet does: by swapping a symbolic link. */
  put(file: DispatcherFile | string): Promise<void>;
  /** Makes the mounted Kafka Secret another one. */
  putSecret(secret: Readonly<Record<string, string>>): Promise<void>;
  /** Waits until partitions of every subscription named are assigned and their offsets looked up. */
  joined(count: number): Promise<void>;
  /** Settles with the exit code. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
  /** A new process with the same files, after `end`. */
  restart(): Promise<void>;
}

export const dispatcherMain = join(import.meta.dirname, '..', '..', 'dataplane', 'dispatcher', 'main.ts');

/** A dispatcher as a process of its own, as pods and local mode run it. `kafka`: the plaintext address of a broker, or the whole Secret. `program`: arguments for Node. */
export async function dispatcherProcess(kafka: string | Readonly<Record<string, string>>, file: DispatcherFile | string, env: Record<string, string> = {}, program: readonly string[] = [dispatcherMain]): Promise<DispatcherProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-dispatcher-'));
  const putSecret = async (secret: Readonly<Record<string, string>>): Promise<void> => {
    await rm(join(folder, 'kafka'), { recursive: true, force: true });
    await mkdir(join(folder, 'kafka'));
    for (const [key, value] of Object.entries(secret)) await writeFile(join(folder, 'kafka', key), value);
  };
  await putSecret(typeof kafka === 'string' ? { 'bootstrap.servers': kafka } : kafka);
  let version = 0;
  const put = async (next: DispatcherFile | string): Promise<void> => {
    version += 1;
    const data = `..data-${version}`;
    await mkdir(join(folder, data));
    await writeFile(join(folder, data, dispatcherFileName), typeof next === 'string' ? next : formatDispatcherFile(next));
    await symlink(data, join(folder, '..data-new'));
    await rename(join(folder, '..data-new'), join(folder, '..data'));
    if (version === 1) await symlink(join('..data', dispatcherFileName), join(folder, dispatcherFileName));
  };
  await put(file);

  const lines: DispatcherLine[] = [];
  const noise: string[] = [];
  const whole = { LOG_LEVEL: 'debug', MANAGEMENT_PORT: '0', EGRESS_ALLOW: allowLoopback, KAFKA_SECRET_DIR: join(folder, 'kafka'), DISPATCHER_FILE: join(folder, dispatcherFileName), ...env };
  const start = () => {
    const child = spawn(process.execPath, program, { env: { PATH: process.env['PATH'] ?? '', ...whole }, stdio: ['ignore', 'pipe', 'pipe'] });
    createInterface(child.stdout).on('line', (line) => {
      try {
        lines.push(JSON.parse(line) as DispatcherLine);
      } catch {
        noise.push(line);
      }
    });
    createInterface(child.stderr).on('line', (line) => noise.push(line));
    return { child, exited: once(child, 'close').then(([code]) => code as number | null) };
  };
  let run = start();
  const said = (msg: string): DispatcherLine[] => lines.filter((line) => line.msg === msg);
  const managementPort = async (): Promise<number> => {
    const started = await eventually('dispatcher starts', () => run.child.exitCode !== null || said('dispatcher started').at(-1), 60_000, () => [lines, noise]);
    if (started !== true) return started['managementPort'] as number;
    await rm(folder, { recursive: true, force: true });
    throw new Error(`the dispatcher ended: ${JSON.stringify([lines, noise])}`);
  };
  let port = await managementPort();

  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    run.child.kill(signal);
    return await run.exited;
  };
  return {
    get pid() {
      return run.child.pid ?? 0;
    },
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    lines,
    noise,
    said,
    put,
    putSecret,
    joined: async (count) => {
      await eventually(`${count} assignments`, () => said('partitions assigned').length >= count, 30_000, () => lines.slice(-5));
    },
    metrics: async () => await (await fetch(`http://127.0.0.1:${port}/metrics`)).text(),
    end,
    restart: async () => {
      lines.length = 0;
      run = start();
      port = await managementPort();
    },
    [Symbol.asyncDispose]: async () => {
      if (run.child.exitCode === null && run.child.signalCode === null) await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

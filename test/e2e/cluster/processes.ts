import { spawn } from 'node:child_process';
import { mkdirSync, openSync, closeSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface Processes {
  /** Starts a process that outlives this one; its output goes to `log/<name>.log`. */
  start(name: string, command: string, args: readonly string[]): Promise<void>;
  /** Ends processes one after the other, SIGKILL after 10 s; unknown names and processes that are gone are fine. */
  stop(...names: string[]): Promise<void>;
  running(): Promise<string[]>;
}

/** Processes recorded in a folder as `<name>.pid`: id and start time, so that an id used again by another process is never ended. */
export function processes(folder: string, path: string): Processes {
  const record = (name: string): string => join(folder, `${name}.pid`);
  return {
    async start(name, command, args) {
      mkdirSync(join(folder, 'log'), { recursive: true });
      const log = openSync(join(folder, 'log', `${name}.log`), 'a');
      const child = spawn(command, args, { cwd: folder, detached: true, stdio: ['ignore', log, log], env: { ...process.env, PATH: path } });
      closeSync(log);
      await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
      child.unref();
      const pid = child.pid ?? 0;
      await writeFile(record(name), `${pid} ${(await startTime(pid)) ?? ''}`);
    },
    async stop(...names) {
      for (const name of names) {
        const [pid = '', since = ''] = (await readFile(record(name), 'utf8').catch(() => '')).split(' ');
        if (pid) await end(Number(pid), since);
        await rm(record(name), { force: true });
      }
    },
    async running() {
      const files = await readdir(folder).catch(() => []);
      return files.filter((file) => file.endsWith('.pid')).map((file) => file.slice(0, -'.pid'.length));
    },
  };
}

async function end(pid: number, since: string): Promise<void> {
  const isThere = async (): Promise<boolean> => since !== '' && (await startTime(pid)) === since;
  for (const [signal, patienceMs] of [['SIGTERM', 10_000], ['SIGKILL', 5000]] as const) {
    if (!(await isThere())) return;
    process.kill(pid, signal);
    for (const deadline = Date.now() + patienceMs; Date.now() < deadline && (await isThere()); ) await delay(100);
  }
}

/** Field 22 of /proc/PID/stat, counted after the name, which may contain spaces; undefined where the process is gone or a zombie. */
export async function startTime(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields?.[0] === 'Z' ? undefined : fields?.[19];
}

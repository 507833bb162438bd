import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

import type { CommandOptions } from './command.ts';
import { output } from './command.ts';

/** The node's containerd, by its own client. */
export function ctr(bin: string, state: string, args: readonly string[], options?: CommandOptions): Promise<string> {
  return output(join(bin, 'ctr'), ['-a', join(state, 'containerd.sock'), '-n', 'k8s.io', ...args], options);
}

export async function deleteTasks(bin: string, state: string): Promise<void> {
  const tasks = await ctr(bin, state, ['tasks', 'ls', '-q'], { timeoutMs: 10_000 }).catch(() => '');
  const ids = tasks.split('\n').filter(Boolean);
  await Promise.all(ids.map((id) => ctr(bin, state, ['tasks', 'delete', '-f', id], { timeoutMs: 15_000 }).catch(() => '')));
}

/** Shims that outlived their tasks: known by their working folder, which lies in ours. */
export async function endShims(state: string): Promise<void> {
  const run = join(state, 'containerd-run');
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (cwd.startsWith(`${run}/`)) process.kill(Number(pid), 'SIGKILL');
  }
}

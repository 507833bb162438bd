import { readdir, readFile } from 'node:fs/promises';

/** Memory that a process holds, as the system counts it. */
export async function rssBytes(pid: number): Promise<number> {
  return 1024 * Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** Files and connections that a process has open. */
export async function openFiles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

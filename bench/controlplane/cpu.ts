import { readFileSync } from 'node:fs';

const clockTicksPerSecond = 100;

/** CPU seconds that a process and its children have used; 0 for one that is gone. */
export function cpuSeconds(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter((child) => child.trim() !== '');
    return (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond + children.reduce((sum, child) => sum + cpuSeconds(Number(child)), 0);
  } catch {
    return 0;
  }
}

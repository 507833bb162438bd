import { readFileSync } from 'node:fs';

/** A process, so that another one that got its number later is not taken for it. */
export interface ProcessId {
  readonly pid: number;
  /** When the kernel started it, as /proc tells; empty where there is no /proc. */
  readonly born: string;
}

export function processId(pid: number): ProcessId {
  return { pid, born: bornOf(pid) };
}

/** Whether this very process still runs. A zombie does not. */
export function isAlive({ pid, born }: ProcessId): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const fields = statFields(pid);
  if (fields === undefined) return born === '';
  return fields[0] !== 'Z' && (born === '' || fields[19] === born);
}

/** SIGKILL to a process and the group that it leads. */
export function killGroup(id: ProcessId): void {
  if (!isAlive(id)) return;
  for (const target of [-id.pid, id.pid]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // It leads no group, or has ended in between.
    }
  }
}

function bornOf(pid: number): string {
  return statFields(pid)?.[19] ?? '';
}

/** Fields of /proc/<pid>/stat from the state on; the command before them may hold spaces and brackets. */
function statFields(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

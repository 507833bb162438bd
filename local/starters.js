import { readFileSync } from 'node:fs';

/** The processes whose end is ours: our parent and, where that is only the shell in which npm runs a script, npm itself. */
export function startersOf({ ppid }) {
  if (!/^[^\0]*sh\0-c\0/.test(read(`/proc/${ppid}/cmdline`))) return [ppid];
  const stat = read(`/proc/${ppid}/stat`);
  return [ppid, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])];
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

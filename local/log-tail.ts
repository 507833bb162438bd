import { readFile } from 'node:fs/promises';

const lines = 20;

/** The last 20 lines of a log, under a line that says where the whole of it is. */
export async function logTail(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const last = text.trimEnd().split('\n').slice(-lines);
  return [`last lines of ${file}:`, ...last.map((line) => `    ${line}`)].join('\n');
}

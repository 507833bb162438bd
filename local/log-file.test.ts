import { expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openLog } from './log-file.ts';
import { logTail } from './log-tail.ts';

async function added(before: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-log-'));
  const file = join(folder, 'x.log');
  await writeFile(file, before);
  const log = openLog(file);
  await new Promise<void>((resolve) => log.end('new\n', resolve));
  const text = await readFile(file, 'utf8');
  await rm(folder, { recursive: true });
  return text;
}

test('a log is added to, and begins anew when an earlier run made it large', async () => {
  expect(await added('old\n')).toBe('old\nnew\n');
  expect(await added('x'.repeat(5_000_001))).toBe('new\n');
});

test('the tail of a log is its last 20 lines, under its path', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-log-'));
  const file = join(folder, 'x.log');
  await writeFile(file, Array.from({ length: 30 }, (_, index) => `line ${index}\n`).join(''));
  const lines = (await logTail(file)).split('\n');
  await rm(folder, { recursive: true });
  expect(lines).toHaveLength(21);
  expect([lines[0], lines[1], lines.at(-1)]).toEqual([`last lines of ${file}:`, '    line 10', '    line 29']);
});

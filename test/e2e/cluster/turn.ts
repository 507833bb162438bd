import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { StartError } from '../../../local/start-error.ts';
import { cacheFolder } from './folders.ts';
import { startTime } from './processes.ts';

/** Takes the machine's one cluster for this process, until it is disposed of. Throws StartError where another suite has it: starting would take its cluster down. */
export async function clusterTurn(): Promise<AsyncDisposable> {
  const record = join(cacheFolder(), 'cluster-suite.pid');
  const [pid = '', since = ''] = (await readFile(record, 'utf8').catch(() => '')).split(' ');
  if (since !== '' && (await startTime(Number(pid))) === since) throw new StartError('the cluster suite cannot start', `process ${pid} runs one already, and a machine has one cluster`, 'wait until it has ended');
  await mkdir(cacheFolder(), { recursive: true });
  await writeFile(record, `${process.pid} ${(await startTime(process.pid)) ?? ''}`);
  return { [Symbol.asyncDispose]: () => rm(record, { force: true }) };
}

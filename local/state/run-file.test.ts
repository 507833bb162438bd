import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { isAlive, processId } from './process-table.ts';
import { cleanUpAfter, earlierRun, OwnRun } from './run-file.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'knative-kafka-run-'));
  file = join(folder, 'deeper', 'run.json');
});
afterEach(() => rm(folder, { recursive: true }));

describe('OwnRun', () => {
  test('only one can claim a folder; it is free again when it is released', async () => {
    const run = new OwnRun(file);
    expect(await earlierRun(file)).toEqual({ state: 'none' });
    expect(await run.claim()).toBe(true);
    expect(await new OwnRun(file).claim()).toBe(false);
    run.ready(['Channel x']);
    await run.release();
    expect(await earlierRun(file)).toEqual({ state: 'none' });
  });

  test('L12: where the folder is a file, or cannot be made, it says what is wrong and what to do', async () => {
    const taken = join(folder, 'state');
    await writeFile(taken, '');
    await expect(new OwnRun(join(taken, 'run.json')).claim()).rejects.toThrow(`cannot use the state folder ${taken}: it is a file: move it away`);
    await expect(new OwnRun(join(taken, 'deeper', 'run.json')).claim()).rejects.toThrow(`cannot use the state folder ${join(taken, 'deeper')}: it cannot be made or written: copy the manifests to a folder that you may write to, and name it with -f`);
  });

  test('tells others that it runs, and where', async () => {
    const run = new OwnRun(file);
    await run.claim();
    expect(await earlierRun(file)).toMatchObject({ state: 'running', run: { main: { pid: process.pid } } });
    run.ready(['Channel x']);
    for (const deadline = Date.now() + 5000; Date.now() < deadline && !(await readFile(file, 'utf8')).includes('Channel x'); );
    expect(await earlierRun(file)).toMatchObject({ run: { addresses: ['Channel x'] } });
    await run.release();
  });
});

describe('earlierRun', () => {
  test('a process that got the number of a run that died is not taken for it', async () => {
    await new OwnRun(file).claim();
    const run = JSON.parse(await readFile(file, 'utf8')) as { main: { pid: number; born: string } };
    await writeFile(file, JSON.stringify({ ...run, main: { ...run.main, born: '1' } }));
    expect(await earlierRun(file)).toMatchObject({ state: 'died' });
  });

  test('a file that cannot be read is that of a run that died', async () => {
    await new OwnRun(file).claim();
    await writeFile(file, '{"main":');
    expect(await earlierRun(file)).toMatchObject({ state: 'died', run: { children: [] } });
  });
});

describe('cleanUpAfter', () => {
  test('ends what is left, and nothing that only has its number', async () => {
    const left = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    const other = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    const ended = new Promise((resolve) => left.once('exit', resolve));
    await cleanUpAfter({ main: { pid: 0, born: '' }, children: [processId(left.pid ?? 0), { pid: other.pid ?? 0, born: '1' }] }, 100);
    await ended;
    expect(isAlive(processId(other.pid ?? 0))).toBe(true);
    other.kill('SIGKILL');
  });
});

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import type { Running } from '../support/local-mode.ts';
import { killProcessesOf, leftOver, localMode, processesOf, quickstartCopy } from '../support/local-mode.ts';

const limitMs = 120_000;

/** L4: whatever ends local mode, nothing that it started is there 5 s later (10 s where it ends in order). */
describe('when npm start ends, nothing stays', () => {
  let folder: string;
  let remove: () => Promise<void>;
  let run: Running;
  beforeEach(async () => {
    ({ folder, remove } = await quickstartCopy());
    run = localMode(['--port', '0', '-f', folder]);
    await run.said(/Ctrl-C stops everything/);
  }, limitMs);
  afterEach(async () => {
    killGroup(run);
    killProcessesOf(folder);
    await remove();
  });

  test('Ctrl-C: everything ends in order, exit code 130', async () => {
    expect(processesOf(folder).length).toBeGreaterThan(5);
    process.kill(-pidOf(run), 'SIGINT');
    const since = Date.now();
    expect(await run.ended).toBe(130);
    expect(Date.now() - since).toBeLessThan(11_000);
    expect(run.stderr()).toContain('Ctrl-C: stopping');
    expect(run.stderr()).toContain('everything is stopped');
    expect(await leftOver(folder, 0)).toEqual([]);
  }, limitMs);

  test('Ctrl-C twice: at once', async () => {
    // Without Kafka's answer the orderly end would take its whole time.
    process.kill(pidOfKafka(folder), 'SIGSTOP');
    process.kill(-pidOf(run), 'SIGINT');
    await delay(1500);
    process.kill(-pidOf(run), 'SIGINT');
    expect(await run.ended).toBe(130);
    expect(run.stderr()).toContain('ending at once');
    expect(await leftOver(folder, 5000)).toEqual([]);
  }, limitMs);

  test('SIGTERM', async () => {
    process.kill(pidOf(run), 'SIGTERM');
    expect(await run.ended).toBe(130);
    expect(await leftOver(folder, 0)).toEqual([]);
  }, limitMs);

  test('a closed terminal', async () => {
    process.kill(-pidOf(run), 'SIGHUP');
    run.child.stdout?.destroy();
    run.child.stderr?.destroy();
    expect(await leftOver(folder, 5000)).toEqual([]);
  }, limitMs);

  test('kill -9 of the process that npm runs', async () => {
    process.kill(pidOf(run), 'SIGKILL');
    expect(await leftOver(folder, 5000)).toEqual([]);
  }, limitMs);

  test('kill -9 of the process that holds everything', async () => {
    const main = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).find((pid) => parentOf(pid) === pidOf(run)) ?? '';
    process.kill(Number(main), 'SIGKILL');
    expect(await run.ended).toBe(1);
    expect(run.stderr()).toContain('error: local mode was ended by SIGKILL');
    expect(await leftOver(folder, 5000)).toEqual([]);
  }, limitMs);
});

describe('when npm itself is killed', () => {
  test('nothing stays either', async () => {
    const { folder, remove } = await quickstartCopy();
    // A shell in npm's place, which cannot hand its death on.
    const run = localMode(['--port', '0', '-f', folder], { through: ['sh', '-c', '"$@"; exit 1', 'sh'] });
    try {
      await run.said(/Ctrl-C stops everything/);
      process.kill(pidOf(run), 'SIGKILL');
      expect(await leftOver(folder, 5000)).toEqual([]);
    } finally {
      killGroup(run);
      killProcessesOf(folder);
      await remove();
    }
  }, limitMs);
});

function pidOf({ child }: Running): number {
  return child.pid ?? 0;
}

function pidOfKafka(folder: string): number {
  const line = processesOf(folder).find((one) => /^\d+ \S*java /.test(one));
  return Number(line?.split(' ')[0]);
}

function parentOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0;
  }
}

function killGroup(run: Running): void {
  try {
    process.kill(-pidOf(run), 'SIGKILL');
  } catch {
    // All of it has ended.
  }
}

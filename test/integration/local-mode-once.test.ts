import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { leftOver, localMode, quickstartCopy } from '../support/local-mode.ts';

const limitMs = 120_000;

describe('npm start -- --once', () => {
  let quickstart: Awaited<ReturnType<typeof quickstartCopy>>;
  beforeEach(async () => {
    quickstart = await quickstartCopy();
  });
  afterEach(() => quickstart.remove());

  test('shows the event at both subscribers, ends with 0 and leaves nothing running (L1, L2, L6, L7, L10)', async () => {
    const { folder } = quickstart;
    const run = localMode(['--once', '--port', '0', '-f', folder]);
    const code = await run.ended;
    expect({ code, stderr: run.stderr() }).toMatchObject({ code: 0 });
    const lines = run.stdout().trimEnd().split('\n');
    for (const name of ['subscriber-a', 'subscriber-b']) {
      expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^${name} \\| ${name} received com\\.example\\.hello id sample-\\w+: {"message":"hello from npm start"}$`)));
      expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^\\d\\d:\\d\\d:\\d\\d\\.\\d{3}  default/quickstart → ${name}  com\\.example\\.hello  id sample-\\w+  attempt 1  204  \\d+ ms$`)));
    }
    // What subscribers print comes when it comes.
    const block = lines.slice(lines.findIndex((line) => line.startsWith('Channel '))).filter((line) => !/^subscriber-[ab] \| /.test(line));
    expect(block.length).toBeLessThanOrEqual(12);
    expect(block[0]).toMatch(/^Channel default\/quickstart +http:\/\/localhost:\d+\/default\/quickstart$/);
    expect(block.at(-1)).toMatch(/^curl /);
    expect(run.stdout() + run.stderr()).not.toMatch(/\u001b/);
    expect(run.stderr()).toMatch(/^\[1\/5\] Manifests .*\n\[2\/5\] Ports [^]*\n\[5\/5\] Sample event .*reached 2 subscribers.*\nready after \d+\.\d s/m);
    const gaps = run.heardAt.map((at, index) => at - (run.heardAt[index - 1] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(longestSilenceMs);
    expect(await leftOver(folder, 0)).toEqual([]);
    const state = join(folder, '.knative-kafka');
    expect((await readdir(state)).sort()).toEqual(['.gitignore', 'format.json', 'kafka', 'logs', 'objects.json', 'pods']);
    expect(await readFile(join(state, '.gitignore'), 'utf8')).toBe('*\n');
  }, limitMs);

  test('ends with the reason, the last lines of the failing part and the path of its log when a subscriber refuses (L9)', async () => {
    const { folder } = quickstart;
    const file = join(folder, 'subscribers.yaml');
    await writeFile(file, readFileSync(file, 'utf8').replace('response.writeHead(204)', 'response.writeHead(400)'));
    const run = localMode(['--once', '--port', '0', '-f', folder]);
    const code = await run.ended;
    expect({ code, stderr: run.stderr() }).toMatchObject({ code: 1 });
    const log = join(folder, '.knative-kafka', 'logs', 'default.subscriber-a.log');
    expect(run.stderr()).toMatch(/^error: the sample event did not reach (subscriber-a|subscriber-b) of channel default\/quickstart: attempt 1: .*400.*: read .*\.log$/m);
    expect(run.stderr()).toMatch(/^last lines of .*\.log:\n {4}(subscriber-a|subscriber-b) received com\.example\.hello/m);
    expect(await readFile(log, 'utf8')).toContain('subscriber-a received com.example.hello');
    expect(await leftOver(folder, 0)).toEqual([]);
  }, limitMs);

  test('ends with 124 when a subscriber never answers well, and with what it waited for (L9)', async () => {
    const { folder } = quickstart;
    const file = join(folder, 'subscribers.yaml');
    await writeFile(file, readFileSync(file, 'utf8').replace('response.writeHead(204)', 'response.writeHead(503)'));
    const subscriptions = join(folder, 'subscriptions.yaml');
    await writeFile(subscriptions, readFileSync(subscriptions, 'utf8').replaceAll('retry: 5', 'retry: 100').replaceAll('PT0.5S', 'PT1S'));
    const run = localMode(['--once', '--port', '0', '-f', folder, '--timeout', '30']);
    const code = await run.ended;
    expect({ code, stderr: run.stderr() }).toMatchObject({ code: 124 });
    expect(run.stdout()).toMatch(/attempt 1 {2}503 {2}\d+ ms {2}.*next attempt in \d+\.\d s/);
    expect(run.stderr()).toMatch(/^error: the sample event did not reach .*503/m);
    expect(await leftOver(folder, 0)).toEqual([]);
  }, limitMs);
});

/** Two seconds, and some more for a machine that does many things at once. */
const longestSilenceMs = 4000;

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { leftOver, localMode, quickstartCopy, renderMode } from '../support/local-mode.ts';

const limitMs = 60_000;

/** One clear line that says what, why and what to do; exit code 1; nothing left running (L12). */
describe('npm start says what is wrong', () => {
  let folder: string;
  let remove: () => Promise<void>;
  beforeEach(async () => {
    ({ folder, remove } = await quickstartCopy());
  });
  afterEach(() => remove());

  const fails = async (args: readonly string[], wanted: RegExp, code = 1, env: NodeJS.ProcessEnv = process.env): Promise<void> => {
    const run = localMode(args, { env });
    const ended = await run.ended;
    expect({ ended, stderr: run.stderr() }).toEqual({ ended: code, stderr: expect.stringMatching(wanted) });
    expect(run.stderr().split('\n').filter((line) => line.startsWith('error: '))).toHaveLength(1);
    expect(run.stderr()).not.toMatch(/^ +at /m);
    expect(run.stdout()).toBe('');
    expect(await leftOver(folder, 0)).toEqual([]);
    expect(existsSync(join(folder, '.knative-kafka', 'run.json'))).toBe(false);
  };
  const change = async (name: string, from: string, to: string): Promise<void> => {
    const file = join(folder, name);
    await writeFile(file, readFileSync(file, 'utf8').replace(from, to));
  };

  test('wrong flags: exit code 2', async () => {
    await fails(['--bogus'], /^error: Unknown option '--bogus': see "npm start -- --help"$/m, 2);
    await fails(['--port', 'x'], /^error: --port must be a whole number from 0 to 65535, not "x"/m, 2);
    await fails(['--kafka', 'nowhere'], /^error: --kafka must be HOST:PORT, not "nowhere"/m, 2);
    await fails(['--timeout', '3'], /^error: --timeout works with --once only/m, 2);
  }, limitMs);

  test('a taken port: port, holder with its command, flag (L3)', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const { port } = server.address() as AddressInfo;
    await fails(['-f', folder, '--port', String(port)], new RegExp(`^error: port ${port} \\(events for channels\\) is taken: held by pid ${process.pid} \\(.*node.*\\): stop it, or choose another port with --port`, 'm'));
    server.close();
  }, limitMs);

  test('manifests that are not there, or hold nothing to run', async () => {
    await fails(['-f', join(folder, 'nowhere')], /^error: cannot read the manifests: there is no .*nowhere: name a folder or file/m);
    await mkdir(join(folder, 'empty'));
    await fails(['-f', join(folder, 'empty')], /^error: cannot read the manifests: .*empty holds no \.yaml, \.yml or \.json file: put/m);
    await rm(join(folder, 'channel.yaml'));
    await fails(['-f', folder], /^error: .* has nothing to run: it holds no KafkaChannel: add one/m);
  }, limitMs);

  test('a bad manifest: file, line, field, what was expected', async () => {
    await change('channel.yaml', 'retentionDuration: P1D', 'retentionDuration: one day');
    await fails(['-f', folder], /^error: \S*channel\.yaml:8: KafkaChannel default\/quickstart, field spec\.retentionDuration: must be an ISO-8601 duration such as PT30S or P7D: correct the field$/m);
    await change('channel.yaml', 'retentionDuration: one day', 'retention: P1D');
    await fails(['-f', folder], /^error: \S*channel\.yaml:8: KafkaChannel default\/quickstart, field spec\.retention: expected one of numPartitions, /m);
  }, limitMs);

  test('a Deployment that needs a container engine', async () => {
    await change('subscribers.yaml', 'command: [node, /app/subscriber.js]', 'command: [python, app.py]');
    await fails(['-f', folder], /^error: Deployment default\/subscriber-a cannot run here: its image .* would need a container engine.*: run the subscriber yourself/m);
  }, limitMs);

  test('a Subscription whose subscriber is not there', async () => {
    await change('subscriptions.yaml', '      name: subscriber-a', '      name: nobody');
    await fails(['-f', folder, '--port', '0', '--once'], /^error: Subscription default\/subscriber-a does not become ready: its subscriber, Service "nobody", has no address here.*: correct it in the manifests$/m);
  }, limitMs);

  test('a Kafka that does not answer', async () => {
    await fails(['-f', folder, '--port', '0', '--kafka', '127.0.0.1:1'], /^error: cannot use the Kafka at 127\.0\.0\.1:1: nothing that speaks Kafka answers there: start it, or name another one with --kafka HOST:PORT/m);
  }, limitMs);

  test('no Java on the PATH', async () => {
    const bin = await mkdtemp(join(tmpdir(), 'knative-kafka-path-'));
    await symlink(process.execPath, join(bin, 'node'));
    await fails(['-f', folder, '--port', '0'], /^error: cannot start Apache Kafka: Java \(java\) is not on the PATH: install Java 17 or newer .*docker run -p 9092:9092 apache\/kafka.*--kafka localhost:9092$/m, 1, { ...process.env, PATH: bin });
    await rm(bin, { recursive: true });
  }, limitMs);

  test('a state folder of another version, or none of ours (L6)', async () => {
    const state = join(folder, '.knative-kafka');
    await mkdir(join(state, 'kafka'), { recursive: true });
    await writeFile(join(state, 'format.json'), '{"format": 99}');
    await fails(['-f', folder, '--port', '0'], /^error: cannot use the state folder .*: it was written by another version \(format 99, this one is 1\): start with --clean/m);
    await rm(join(state, 'format.json'));
    await fails(['-f', folder, '--port', '0'], /^error: cannot use the state folder .*: it says no version: start with --clean/m);
  }, limitMs);
});

describe('no Maven on the PATH', () => {
  test('says what to install, or how to do without', async () => {
    const cache = await mkdtemp(join(tmpdir(), 'knative-kafka-jars-'));
    const code = `import('./local/kafka/jars.ts').then((jars) => jars.kafkaJars({ cache: process.argv[1] })).catch((error) => console.log(error.message))`;
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', code, cache], { env: { PATH: cache } });
    await rm(cache, { recursive: true });
    expect(stdout).toMatch(/^cannot fetch Apache Kafka: Maven \(mvn\) is not on the PATH: install Maven 3 and Java 17 .*--kafka localhost:9092$/m);
  });
});

describe('npm run render says what is wrong', () => {
  test('no file: exit code 2', async () => {
    const run = renderMode([]);
    expect(await run.ended).toBe(2);
    expect(run.stderr()).toBe('error: no file is named: see "npm run render -- --help"\n');
  });

  test('I9: a setting of pods in the environment, with which no hooks would start: exit code 2', async () => {
    const run = renderMode(['examples/quickstart'], { env: { ...process.env, DATA_PLANE_POD: 'nodeSelector: {pool: 1}' } });
    expect(await run.ended).toBe(2);
    expect(run.stderr()).toBe('error: DATA_PLANE_POD: nodeSelector.pool: must be string: put the value into quotes\n');
  });
});

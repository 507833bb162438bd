import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

import type { Running } from '../support/local-mode.ts';
import { localMode, processesOf, quickstartCopy } from '../support/local-mode.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';

const limitMs = 120_000;

/** While it runs, on a Kafka of the user's. */
describe('npm start', () => {
  let kafka: TestKafka;
  let quickstart: Awaited<ReturnType<typeof quickstartCopy>>;
  let run: Running;

  beforeAll(async () => {
    kafka = await testKafka();
    quickstart = await quickstartCopy();
    run = localMode(['--port', '0', '-f', quickstart.folder, '--kafka', kafka.bootstrap]);
    await run.said(/Ctrl-C stops everything/);
  }, limitMs);
  afterAll(async () => {
    run.child.kill('SIGTERM');
    await run.ended;
    await kafka.stop();
    await quickstart.remove();
  }, limitMs);

  const news = async (pattern: RegExp): Promise<void> => {
    await run.said(new RegExp(pattern.source, 'm'), 30_000);
  };
  /** How often something has been shown. */
  const count = (text: string): number => run.stdout().split(text).length - 1;
  const until = async (holds: () => boolean, what: string): Promise<void> => {
    const deadline = Date.now() + 30_000;
    while (!holds()) {
      if (Date.now() > deadline) throw new Error(`${what} did not come:\n${run.stdout()}\n${run.stderr()}`);
      await delay(50);
    }
  };
  const edit = async (name: string, change: (text: string) => string): Promise<void> => {
    const file = join(quickstart.folder, name);
    await writeFile(file, change(await readFile(file, 'utf8')));
  };
  const sendByCurl = async (): Promise<string> => {
    const line = /^curl .*$/m.exec(run.stdout())?.[0] ?? '';
    const { stdout } = await promisify(execFile)('bash', ['-c', line]);
    return stdout;
  };

  test('prints a curl that works when pasted, and shows the event that it sends (L2, L10)', async () => {
    expect(await sendByCurl()).toMatch(/^HTTP\/1\.1 202/);
    for (const name of ['subscriber-a', 'subscriber-b']) await news(new RegExp(`${name} \\| ${name} received com\\.example\\.hello id 1: {"message":"hello"}`));
    await news(/default\/quickstart → subscriber-b {2}com\.example\.hello {2}id 1 {2}attempt 1 {2}204 {2}\d+ ms/);
  }, limitMs);

  test('prints the addresses and ends with 0 when it is started once more, and refuses --once and --clean (L5)', async () => {
    const second = localMode(['-f', quickstart.folder]);
    expect(await second.ended).toBe(0);
    expect(second.stderr()).toMatch(/^local mode runs already \(pid \d+\); stop it with Ctrl-C there$/m);
    expect(run.stdout()).toContain(second.stdout());
    expect(second.stdout()).toMatch(/^Channel default\/quickstart /);
    for (const flag of ['--once', '--clean']) {
      const refused = localMode(['-f', quickstart.folder, flag]);
      expect(await refused.ended).toBe(1);
      expect(refused.stderr()).toMatch(new RegExp(`^error: ${flag} needs the manifests for itself: local mode runs for them already \\(pid \\d+\\): stop it`, 'm'));
    }
  }, limitMs);

  test('applies a change and says in one line what changed and what was kept (L11)', async () => {
    await edit('subscriptions.yaml', (text) => text.replace('retry: 5', 'retry: 7'));
    await news(/^applied: Subscription default\/subscriber-a: spec\.delivery changed; 7 objects and the events in Kafka are kept$/);
  }, limitMs);

  test('refuses a broken file with file, line, field and what was expected; the old state goes on (L11)', async () => {
    await edit('channel.yaml', (text) => `${text}foo: [\n`);
    await news(/^not applied, the old state goes on: \S+channel\.yaml:\d+: .*: expected YAML: correct the line$/);
    await edit('channel.yaml', (text) => text.replace('foo: [\n', '').replace('numPartitions: 3', 'numPartitions: many'));
    await news(/^not applied, the old state goes on: \S+channel\.yaml:6: KafkaChannel default\/quickstart, field spec\.numPartitions: expected integer, not "many"$/);
    await edit('channel.yaml', (text) => text.replace('numPartitions: many', 'numPartitions: 2'));
    await news(/channel\.yaml:6: KafkaChannel default\/quickstart, field spec\.numPartitions: numPartitions may only grow: correct the field, or start with --clean$/);
    const before = count('subscriber-a received');
    expect(await sendByCurl()).toMatch(/ 202 /);
    await until(() => count('subscriber-a received') > before, 'the event');
    await edit('channel.yaml', (text) => text.replace('numPartitions: 2', 'numPartitions: 3'));
    await news(/^the manifests say again what runs$/);
  }, limitMs);

  test('gives a new subscriber what is sent from then on, and one that is taken out nothing more', async () => {
    const file = join(quickstart.folder, 'third.yaml');
    await writeFile(file, third);
    await news(/^applied: Subscription default\/third is new; 8 objects and the events in Kafka are kept$/);
    await sendByCurl();
    await until(() => count('default/quickstart → third  com.example.hello  id 1') === 1, 'the event at the third subscriber');
    await rm(file);
    await news(/^applied: Subscription default\/third is gone; 8 objects and the events in Kafka are kept$/);
    // The dispatcher is told of it when kubelet would tell it; from some event on, only the others get it.
    for (let missed = false; !missed; ) {
      const before = { third: count('default/quickstart → third'), other: count('default/quickstart → subscriber-b') };
      await sendByCurl();
      await until(() => count('default/quickstart → subscriber-b') > before.other, 'the event');
      await delay(200);
      missed = count('default/quickstart → third') === before.third;
    }
  }, limitMs);

  test('loses nothing while manifests are edited and events come in (L11)', async () => {
    const url = /^Channel default\/quickstart +(\S+)$/m.exec(run.stdout())?.[1] ?? '';
    const ids = Array.from({ length: 300 }, (_, index) => `busy-${index}`);
    const answers: Promise<Response>[] = [];
    for (const [index, id] of ids.entries()) {
      answers.push(fetch(url, { method: 'POST', headers: { 'ce-specversion': '1.0', 'ce-type': 'busy', 'ce-source': '/test', 'ce-id': id } }));
      if (index === 100) await edit('subscriptions.yaml', (text) => text.replaceAll('PT0.5S', 'PT0.4S'));
      if (index === 200) await edit('channel.yaml', (text) => text.replace('numPartitions: 3', 'numPartitions: 4'));
      await delay(10);
    }
    expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([202]));
    for (const name of ['subscriber-a', 'subscriber-b']) {
      const missing = (): string[] => ids.filter((id) => !run.stdout().includes(`${name} received busy id ${id}:`));
      await until(() => missing().length === 0, `events at ${name}`);
    }
  }, limitMs);

  test('starts a crashed subscriber again and says so', async () => {
    const victim = processesOf(quickstart.folder).find((line) => line.includes('subscriber-b/script') && !line.includes('tether.ts'));
    process.kill(Number(victim?.split(' ')[0]), 'SIGKILL');
    await news(/^Deployment default\/subscriber-b ended \(exit code 137\): starting it again in 1 s: read .*default\.subscriber-b\.log$/);
    const before = count('subscriber-b received');
    await sendByCurl();
    await until(() => count('subscriber-b received') > before, 'the event');
  }, limitMs);

  test('cleans up after a run that was killed, and finds the events of that run delivered (L5, L6)', async () => {
    killGroup(run);
    run = localMode(['--port', '0', '-f', quickstart.folder, '--kafka', kafka.bootstrap]);
    await run.said(/Ctrl-C stops everything/);
    expect(run.stderr()).toMatch(/^an earlier run \(pid \d+\) ended without cleaning up: doing it now$/m);
    expect(run.stdout()).not.toContain('id 1 ');
  }, limitMs);
});

/** Everything in the session at once, as `kill -9` of the terminal's processes would. */
function killGroup({ child }: Running): void {
  process.kill(-(child.pid ?? 0), 'SIGKILL');
}

const third = `apiVersion: messaging.knative.dev/v1
kind: Subscription
metadata: {name: third}
spec:
  channel: {apiVersion: messaging.knative.dev/v1, kind: KafkaChannel, name: quickstart}
  subscriber: {uri: "http://subscriber-a.default.svc.cluster.local/third"}
`;

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { freePorts } from '../../local/free-port.ts';
import { aKafkaConsumerGroup, aKafkaTopic, aSecret, groupsOf } from '../support/hook-objects.ts';
import type { HooksProcess } from '../support/hooks-process.ts';
import { hooksEnding, hooksProcess } from '../support/hooks-process.ts';

const password = 'password-of-the-test';
const topic = aKafkaTopic({ topicName: 'orders' }, { status: { observedGeneration: 1, topicId: 'e1c9a4f0-0000-4000-8000-000000000001', partitions: 3 } });
const group = aKafkaConsumerGroup({ group: 'kafka.shop.orders.a-1', topic: 'orders' }, { status: { observedGeneration: 1, initialized: true, partitions: 3 } });

interface Answer {
  status: { topicId?: string; initialized?: boolean; partitions?: number; conditions: { type: string; status: string; reason: string; message: string }[] };
  finalized?: boolean;
  resyncAfterSeconds?: number;
}

let hooks: HooksProcess;
beforeAll(async () => {
  hooks = await hooksProcess({ KAFKA_TIMEOUT_MS: '1000' });
}, 30_000);
afterAll(async () => {
  const code = await hooks.stop();
  expect({ code, secretShown: hooks.output().includes(password) }).toEqual({ code: 0, secretShown: false });
});

async function ask(path: string, parent: object, kafka: Record<string, string>): Promise<Answer> {
  const { code, text } = await hooks.post(path, { parent, children: {}, related: groupsOf(aSecret(kafka)), finalizing: path.endsWith('/finalize') });
  if (code !== 200) throw new Error(`${path}: ${code}: ${text}`);
  return JSON.parse(text) as Answer;
}

function readyOf({ status }: Answer): { status?: string; reason?: string } {
  const { status: value, reason } = status.conditions.find(({ type }) => type === 'Ready') ?? {};
  return { ...(value && { status: value }), ...(reason && { reason }) };
}

describe('the hooks, with Kafka gone', () => {
  test('answer in time, keep what was known, and come back: a port that nobody listens on', async () => {
    const [port = 0] = await freePorts(1);
    const kafka = { 'bootstrap.servers': `127.0.0.1:${port}` };
    const topicAnswer = await ask('/kafkatopic/sync', topic, kafka);
    expect(readyOf(topicAnswer)).toEqual({ status: 'Unknown', reason: 'KafkaUnreachable' });
    expect(topicAnswer).toMatchObject({ resyncAfterSeconds: 10, status: { topicId: topic.status.topicId, partitions: 3 } });
    const groupAnswer = await ask('/kafkaconsumergroup/sync', group, kafka);
    expect(readyOf(groupAnswer)).toEqual({ status: 'Unknown', reason: 'KafkaUnreachable' });
    expect(groupAnswer).toMatchObject({ resyncAfterSeconds: 10, status: { initialized: true, partitions: 3 } });
    const metrics = await (await fetch(`http://127.0.0.1:${hooks.port}/metrics`)).text();
    expect(metrics).toMatch(/^kafkachannel_kafka_admin_duration_seconds_count\{operation="describe_topic",outcome="unanswered"\} [1-9]/m);
    expect(metrics).toMatch(/^kafkachannel_build_info\{component="hooks",version="\d.*",revision=""\} 1$/m);
  }, 20_000);

  test('hold up a deletion for 30 s and no longer, and say what they leave behind', async () => {
    const [port = 0] = await freePorts(1);
    const kafka = { 'bootstrap.servers': `127.0.0.1:${port}` };
    for (const [path, object] of [['/kafkatopic/finalize', topic], ['/kafkaconsumergroup/finalize', group]] as const) {
      const deletedAgo = (seconds: number): object => ({ ...object, metadata: { ...object.metadata, deletionTimestamp: new Date(Date.now() - seconds * 1000).toISOString() } });
      const early = await ask(path, deletedAgo(5), kafka);
      expect(early).toMatchObject({ finalized: false, resyncAfterSeconds: 2, status: object === topic ? { topicId: topic.status.topicId } : { initialized: true } });
      expect(readyOf(early)).toEqual({ status: 'Unknown', reason: 'Deleting' });
      expect(await ask(path, deletedAgo(40), kafka)).toMatchObject({ finalized: true });
    }
    await hooks.said('left a topic behind on Kafka');
    await hooks.said('left a consumer group behind on Kafka');
  }, 30_000);

  describe('in a way that takes connections and says nothing', () => {
    const open = new Set<Socket>();
    let accepted = 0;
    let server: Server;
    let kafka: Record<string, string>;
    beforeEach(async () => {
      accepted = 0;
      server = createServer((socket) => {
        accepted += 1;
        open.add(socket.on('error', () => undefined).once('close', () => open.delete(socket)));
        socket.resume();
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      kafka = { 'bootstrap.servers': `127.0.0.1:${(server.address() as AddressInfo).port}` };
    });
    afterEach(async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });

    test.each([
      { name: 'PLAINTEXT', extra: {} },
      { name: 'SSL', extra: { protocol: 'SSL' } },
      { name: 'SASL_PLAINTEXT', extra: { protocol: 'SASL_PLAINTEXT', 'sasl.mechanism': 'SCRAM-SHA-512', user: 'me', password } },
      { name: 'SASL_SSL', extra: { protocol: 'SASL_SSL', user: 'me', password } },
    ])('$name: each request is answered in time, Kafka is left alone for a while then, and no connection is left', async ({ extra }) => {
      const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => ask('/kafkatopic/sync', aKafkaTopic({ topicName: `t-${index}` }), { ...kafka, ...extra })));
      expect(new Set(answers.map((answer) => readyOf(answer).reason))).toEqual(new Set(['KafkaUnreachable']));
      const before = accepted;
      expect(readyOf(await ask('/kafkatopic/sync', topic, { ...kafka, ...extra })).reason).toBe('KafkaUnreachable');
      expect(accepted).toBe(before);
      const deadline = Date.now() + 10_000;
      while (open.size > 0) {
        if (Date.now() > deadline) throw new Error(`${open.size} connections are open 10 s after the last request`);
        await delay(50);
      }
    }, 30_000);
  });
});

describe('the hooks over HTTP', () => {
  test('O6: refuse a request without the token before they read its body', async () => {
    for (const authorization of ['', 'Authorization: Bearer wrong\r\n', 'Authorization: Bearer \r\n', `Authorization: Basic ${hooks.token}\r\n`]) {
      const socket = connect({ port: hooks.port, host: '127.0.0.1' }).setEncoding('utf8');
      socket.write(`POST /namespace/sync HTTP/1.1\r\nHost: hooks\r\n${authorization}Content-Type: application/json\r\nContent-Length: 60000000\r\n\r\n{`);
      const [head] = (await once(socket, 'data', { signal: AbortSignal.timeout(5000) })) as [string];
      expect(head.split('\r\n')[0]).toBe('HTTP/1.1 401 Unauthorized');
      socket.destroy();
    }
  });

  test('take a request of 64 MB, and refuse a larger one with a line', async () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', annotations: { padding: '' } } };
    const body = JSON.stringify({ object: namespace, attachments: {}, related: { 'KafkaChannel.messaging.knative.dev/v1': {}, 'Secret.v1': {} }, finalizing: false });
    const padded = (bytes: number): string => body.replace('"padding":""', `"padding":"${'x'.repeat(bytes - body.length)}"`);
    expect(await hooks.post('/namespace/sync', padded(64 * 1024 * 1024), 25_000)).toEqual({ code: 200, text: '{"attachments":[]}' });
    expect(await hooks.post('/namespace/sync', padded(64 * 1024 * 1024 + 1), 25_000)).toEqual({ code: 413, text: expect.stringMatching(/^hook \/namespace\/sync: the request is larger than 67108864 bytes: .+\n$/) });
  }, 60_000);

  test('a secret that is wrong is named, its value never shown', async () => {
    const answer = await ask('/kafkatopic/sync', topic, { 'bootstrap.servers': 'a:1', protocol: 'SASL_SSL', 'sasl.mechanism': password, user: 'me', password });
    expect(answer.status.conditions[0]).toMatchObject({ status: 'False', reason: 'KafkaSecretInvalid', message: expect.stringContaining('"sasl.mechanism"') });
    expect(JSON.stringify(answer)).not.toContain(password);
  });
});

describe('starting the hooks', () => {
  const environment = { PORT: '0', SYSTEM_NAMESPACE: 'knative-eventing', RECEIVER_IMAGE: 'r', DISPATCHER_IMAGE: 'd' };

  test.each([
    { name: 'without a token', token: undefined, want: 'cannot be read (ENOENT): make the Secret with the token and mount it, or set TOKEN_FILE' },
    { name: 'with an empty token', token: ' \n', want: 'is empty: put a random text into key "token" of the Secret' },
  ])('O6: fails $name, with one line', async ({ token, want }) => {
    const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-hooks-'));
    const file = join(folder, 'token');
    if (token !== undefined) await writeFile(file, token);
    const { code, stderr } = await hooksEnding({ ...environment, TOKEN_FILE: file });
    await rm(folder, { recursive: true });
    expect(code).toBe(1);
    expect(stderr).toContain(want);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  }, 30_000);

  test.each([
    { name: 'DATA_PLANE_POD', value: 'hostNetwork: true', want: 'DATA_PLANE_POD: key "hostNetwork" is not taken: leave it out, or use nodeSelector, tolerations, affinity, priorityClassName, imagePullSecrets\n' },
    { name: 'RECEIVER_RESOURCES', value: 'requests: {cpu: 2}\nlimits: {cpu: 1}', want: 'RECEIVER_RESOURCES: requests.cpu is more than the limit: ask for less, or raise the limit\n' },
    { name: 'RECEIVER_SETTINGS', value: 'WORKERS: 65', want: 'RECEIVER_SETTINGS: WORKERS: must be <= 64: mend it\n' },
    { name: 'DISPATCHER_SETTINGS', value: 'LOG_LEVEL: debug', want: 'DISPATCHER_SETTINGS: key "LOG_LEVEL" is not taken: leave it out, or use FETCH_BUDGET_BYTES\n' },
  ])('I9: fails with a $name that no pod could have, with one line', async ({ name, value, want }) => {
    const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-hooks-'));
    const file = join(folder, 'token');
    await writeFile(file, 'token');
    const { code, stderr } = await hooksEnding({ ...environment, TOKEN_FILE: file, [name]: value });
    await rm(folder, { recursive: true });
    expect({ code, stderr }).toEqual({ code: 1, stderr: want });
  }, 30_000);

  test('fails naming every variable that is missing, with one line', async () => {
    const { code, stderr } = await hooksEnding({});
    expect(code).toBe(1);
    expect(stderr).toMatch(/^invalid environment: .*DISPATCHER_IMAGE.*RECEIVER_IMAGE.*SYSTEM_NAMESPACE.*\n$/);
  }, 30_000);
});

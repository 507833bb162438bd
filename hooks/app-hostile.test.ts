import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';

import { createLogger } from '../runtime/log.ts';
import type { Serving } from '../runtime/serve.ts';
import { serve } from '../runtime/serve.ts';
import { broken } from '../test/support/generated-objects.ts';
import { aSecret, groupsOf, hooksConfigForTests } from '../test/support/hook-objects.ts';
import { modelKafka } from '../test/support/model-kafka.ts';
import { seeded } from '../test/support/random.ts';
import { createApp } from './app.ts';
import { hookMetrics } from './metrics.ts';
import { hookRoutes } from './routes.ts';

jest.setTimeout(30_000);
const stop = new AbortController();
const dependencies = { config: hooksConfigForTests, kafka: modelKafka(), logger: createLogger('test', 'silent'), now: () => new Date('2026-11-22T09:00:00Z') };
const paths = [...hookRoutes(dependencies).keys()];
let serving: Serving;
beforeAll(async () => {
  serving = await serve(createApp({ ...dependencies, metrics: hookMetrics(), token: 'right' }), { port: 0, signal: stop.signal });
});
afterAll(async () => {
  stop.abort();
  await serving.closed;
});

const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
const channel = { apiVersion: 'messaging.knative.dev/v1', kind: 'KafkaChannel', metadata: { namespace: 'shop', name: 'orders' }, spec: { numPartitions: 1, replicationFactor: 1, retentionDuration: 'PT1H', subscribers: [{ uid: 'a-1', subscriberUri: 'http://a/' }] }, status: {} };
const request = { object: namespace, attachments: {}, related: groupsOf(aSecret({ 'bootstrap.servers': 'k:9092' }), channel), finalizing: false };

async function post(path: string, body: string | Uint8Array, headers: Record<string, string> = {}): Promise<{ code: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${serving.port}${path}`, { method: 'POST', body: body as string, headers: { authorization: 'Bearer right', ...headers } });
  return { code: response.status, text: await response.text() };
}

/** Sends these bytes on a connection of their own and ends it; what came back. */
async function raw(bytes: string, end = true): Promise<string> {
  const socket = connect(serving.port, '127.0.0.1').setEncoding('latin1').setTimeout(5000, () => socket.destroy());
  let answer = '';
  socket.on('data', (text: string) => (answer += text)).on('error', () => undefined);
  socket.write(bytes);
  if (end) socket.end();
  await once(socket, 'close');
  return answer;
}

async function isAlive(): Promise<boolean> {
  return (await post('/namespace/sync', JSON.stringify(request))).code === 200;
}

describe('O6: the token', () => {
  test.each([
    ['none', undefined],
    ['an empty one', 'Bearer '],
    ['a wrong one', 'Bearer wrong'],
    ['the beginning of it', 'Bearer righ'],
    ['more than it', 'Bearer rightt'],
    ['another scheme', 'Basic right'],
    ['a very long one', `Bearer ${'x'.repeat(10_000)}`],
  ])('%s is answered with 401, at every hook, before the body is read', async (_name, authorization) => {
    for (const path of paths) {
      const answer = await raw(`POST ${path} HTTP/1.1\r\nhost: h\r\ncontent-length: 60000000\r\n${authorization === undefined ? '' : `authorization: ${authorization}\r\n`}\r\n{`, false);
      expect({ path, first: answer.split('\r\n')[0] }).toEqual({ path, first: 'HTTP/1.1 401 Unauthorized' });
    }
  });
});

describe('O5: requests that are cut off, or made up', () => {
  const text = JSON.stringify(request);

  test('a body that ends too early is 400 or nothing, and the hooks go on', async () => {
    for (const length of [0, 1, 10, text.length - 1]) {
      const answer = await raw(`POST /namespace/sync HTTP/1.1\r\nhost: h\r\nauthorization: Bearer right\r\ncontent-length: ${text.length}\r\n\r\n${text.slice(0, length)}`);
      expect(answer.split('\r\n')[0]).toMatch(/^(HTTP\/1\.1 400 Bad Request)?$/);
    }
    expect(await isAlive()).toBe(true);
  });

  test('JSON that is cut off anywhere is 400 with one line', async () => {
    for (let length = 0; length < text.length; length += 37) {
      const answer = await post('/namespace/sync', text.slice(0, length));
      expect({ length, ...answer }).toEqual({ length, code: 400, text: expect.stringMatching(/^hook \/namespace\/sync: malformed request: .{1,150}\n$/) });
    }
  });

  test.each([
    ['nested a million times', '['.repeat(1_000_000)],
    ['nested a million times and closed', `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`],
    ['an object nested 100,000 times as a parent\'s spec', `{"related":{"Secret.v1":{},"ConfigMap.v1":{},"Service.v1":{}},"parent":{"apiVersion":"a","kind":"b","metadata":{"name":"c"},"spec":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}}`],
    ['a megabyte of zeros', '\u0000'.repeat(1_000_000)],
    ['keys of Object\'s prototype', '{"__proto__":{"parent":1},"constructor":{"prototype":1},"parent":{"__proto__":{"kind":"x"}}}'],
    ['a number that is none', '1e999999'],
  ])('%s: no crash', async (_name, body) => {
    for (const path of ['/namespace/sync', '/kafkachannel/sync', '/kafkatopic/sync']) expect([200, 400]).toContain((await post(path, body)).code);
    expect(await isAlive()).toBe(true);
  });

  test('a body that unpacks to more than the limit is refused with 413, and is not kept', async () => {
    expect(await post('/namespace/sync', gzipSync(Buffer.alloc(80 * 1024 * 1024, 0x20)), { 'content-encoding': 'gzip' })).toMatchObject({ code: 413 });
    expect(await isAlive()).toBe(true);
  });

  test('requests with parts replaced by nonsense are answered or refused with one line, never with a stack', async () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const random = seeded(seed);
      const path = paths[Math.floor(random() * paths.length)] ?? '';
      const body = { parent: channel, children: {}, ...request };
      const answer = await post(path, JSON.stringify(broken(body, random, 0.08)));
      expect({ seed, path, code: [200, 400, 500].includes(answer.code) ? 'known' : answer.code }).toEqual({ seed, path, code: 'known' });
      if (answer.code === 200) continue;
      expect(answer.text).toMatch(/^.{1,200}\n$/);
      expect({ seed, path, text: answer.text }).not.toMatchObject({ text: expect.stringContaining('a fault in the hook') });
    }
  });
});

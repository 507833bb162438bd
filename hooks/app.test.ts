import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { createLogger } from '../runtime/log.ts';
import type { Serving } from '../runtime/serve.ts';
import { serve } from '../runtime/serve.ts';
import { aKafkaConsumerGroup, aKafkaTopic, aSecret, groupsOf, hooksConfigForTests } from '../test/support/hook-objects.ts';
import { kafkaWith } from '../test/support/kafka-fake.ts';
import { createApp } from './app.ts';
import { hookMetrics } from './metrics.ts';

const stop = new AbortController();
const dependencies = { config: hooksConfigForTests, logger: createLogger('test', 'silent'), now: () => new Date('2026-11-22T09:00:00Z') };
const buggy = kafkaWith({ topic: () => Promise.reject(new TypeError('secret detail\n    at stack')) });
let serving: Serving;
beforeAll(async () => {
  serving = await serve(createApp({ ...dependencies, kafka: buggy, metrics: hookMetrics(), token: 'right' }), { port: 0, signal: stop.signal });
});
afterAll(async () => {
  stop.abort();
  await serving.closed;
});

async function request(path: string, init: RequestInit = {}): Promise<{ code: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${serving.port}${path}`, init);
  return { code: response.status, text: await response.text() };
}

async function post(path: string, body: string, headers: Record<string, string> = { authorization: 'Bearer right' }): Promise<{ code: number; text: string }> {
  return await request(path, { method: 'POST', body, headers });
}

const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };

describe('the app', () => {
  test('answers a hook with JSON, whatever the content type', async () => {
    const body = JSON.stringify({ object: namespace, attachments: null, related: { 'KafkaChannel.messaging.knative.dev/v1': {}, 'Secret.v1': {} }, finalizing: false });
    expect(await post('/namespace/sync', body)).toEqual({ code: 200, text: '{"attachments":[]}' });
  });

  test('answers health without a token', async () => {
    for (const path of ['/healthz', '/readyz']) expect(await request(path)).toEqual({ code: 200, text: 'ok\n' });
  });

  test.each(['/', '/namespace', '/namespace/finalize', '/secret/finalize', '/NAMESPACE/sync/x', '/healthz/x'])('has nothing at %s', async (path) => {
    expect(await post(path, '{}')).toMatchObject({ code: 404 });
  });

  test('has hooks for POST only', async () => expect((await request('/namespace/sync', { headers: { authorization: 'Bearer right' } })).code).toBe(404));

  test.each([
    ['', 'object must be an object'],
    ['{"object":', 'the body cannot be read as JSON'],
    ['[]', 'the body must be an object'],
    ['"x"', 'the body must be an object'],
    ['{}', 'object must be an object'],
    ['{"object":{"apiVersion":"v1","kind":"Namespace","metadata":{}}}', 'object.metadata.name must be a string'],
    [JSON.stringify({ object: namespace, related: [] }), 'related must be an object'],
    [JSON.stringify({ object: namespace, related: { 'Secret.v1': { 'a/b': 1 } } }), 'related["Secret.v1"]["a/b"] must be an object'],
  ])('refuses a request that is none with 400 and one line: %s', async (body, want) => {
    const { code, text } = await post('/namespace/sync', body);
    expect(code).toBe(400);
    expect(text).toContain(want);
    expect(text).toMatch(/^(hook \/namespace\/sync|Namespace( shop)?): malformed request: .+: send what Metacontroller sends to a hook of version v2\n$/);
  });

  const long = (length: number): string => 'n'.repeat(length);

  test.each([
    ['400', '/kafkatopic/sync', { parent: { apiVersion: 'v1', kind: 'KafkaTopic', metadata: { namespace: long(63), name: long(253) } }, related: [] }, 400, /^KafkaTopic n+…n+: malformed request: related must be an object: send what .* of version v2\n$/],
    ['400 that names a long one inside', '/namespace/sync', { object: namespace, related: { 'Secret.v1': { [`${long(63)}/${long(253)}`]: 1 } } }, 400, /^Namespace shop: malformed request: .*…n+"\] must be an object: send what .* of version v2\n$/],
    ['500', '/namespace/sync', { object: { ...namespace, metadata: { name: long(253) } }, related: null }, 500, /^Namespace n+…n+: its KafkaChannels are not in the request: see that the controller has the customize hook\n$/],
  ])('K8: %s names the object, shortened in its middle, and ends with what to do, within 200 characters', async (_name, path, body, code, want) => {
    const answer = await post(path, JSON.stringify(body));
    expect(answer).toEqual({ code, text: expect.stringMatching(want) });
    expect(answer.text.length).toBeLessThanOrEqual(201);
  });

  test('K8: 401 and 413, whose bodies are not read, name the hook and what to do', async () => {
    expect(await post('/kafkatopic/sync', '{}', {})).toEqual({ code: 401, text: 'hook /kafkatopic/sync: unauthorized: have the controllers show the token of the Secret that the hooks mount; when it was replaced, start the hooks and Metacontroller again\n' });
    expect(await post('/namespace/sync', ' '.repeat(65 * 1024 * 1024))).toEqual({ code: 413, text: 'hook /namespace/sync: the request is larger than 67108864 bytes: spread the channels over more namespaces\n' });
  });

  test('refuses an encoding that it does not know with 400', async () => {
    expect(await post('/namespace/sync', '{}', { authorization: 'Bearer right', 'content-encoding': 'zip' })).toMatchObject({ code: 400 });
  });

  const secrets = { 'Secret.v1': {} };
  const channel = { apiVersion: 'messaging.knative.dev/v1', kind: 'KafkaChannel', metadata: { namespace: 'shop', name: 'orders' }, spec: {} };
  const labelled = aSecret({ brokers: 'k:9092' });
  const group = aKafkaConsumerGroup({ group: 'g', topic: 'orders' });

  test.each([
    ['/namespace/sync', { object: namespace, attachments: {}, related: null }, 'Namespace shop: its KafkaChannels are not in the request'],
    ['/namespace/sync', { object: namespace, attachments: {}, related: { 'KafkaChannel.messaging.knative.dev/v1': {} } }, 'Namespace shop: its Secrets are not in the request'],
    ['/kafkachannel/sync', { parent: channel, children: {}, related: null }, 'KafkaChannel shop/orders: its Secrets are not in the request'],
    ['/kafkachannel/sync', { parent: channel, children: {}, related: secrets }, 'KafkaChannel shop/orders: its ConfigMaps are not in the request'],
    ['/kafkachannel/sync', { parent: channel, children: {}, related: { ...secrets, 'ConfigMap.v1': {} } }, 'KafkaChannel shop/orders: its Services are not in the request'],
    ['/kafkatopic/sync', { parent: aKafkaTopic({ topicName: 'orders' }), children: {}, related: null }, 'KafkaTopic knative-eventing/orders: its Secrets are not in the request'],
    ['/kafkatopic/finalize', { parent: aKafkaTopic({ topicName: 'orders' }), children: {}, related: null }, 'KafkaTopic knative-eventing/orders: its Secrets are not in the request'],
    ['/kafkaconsumergroup/sync', { parent: group, children: {}, related: null }, 'KafkaConsumerGroup knative-eventing/g: its Secrets are not in the request'],
    ['/kafkaconsumergroup/finalize', { parent: group, children: {}, related: null }, 'KafkaConsumerGroup knative-eventing/g: its Secrets are not in the request'],
    ['/secret/sync', { object: labelled, attachments: {}, related: secrets }, 'Secret knative-eventing/kafka: its KafkaTopics are not in the request'],
  ])('H3: %s answers 500, rather than have children deleted or a fault told of, where what it decides by is not in the request: %j', async (path, body, want) => {
    expect(await post(path, JSON.stringify({ ...body, finalizing: false }))).toEqual({ code: 500, text: `${want}: see that the controller has the customize hook\n` });
  });

  test('H9, K8: answers 500 with one line that names the object, without the stack, where it cannot decide', async () => {
    const body = JSON.stringify({ parent: aKafkaTopic({ topicName: 'orders' }), children: {}, related: groupsOf(aSecret({ brokers: 'k:9092' })), finalizing: false });
    expect(await post('/kafkatopic/sync', body)).toEqual({
      code: 500,
      text: 'KafkaTopic knative-eventing/orders: cannot be decided because of a fault in the hook: read its log, and report it\n',
    });
  });

  test('O6: refuses who has no token', async () => {
    for (const headers of [{}, { authorization: 'Bearer wrong' }]) expect(await post('/namespace/sync', '{}', headers as Record<string, string>)).toMatchObject({ code: 401 });
  });

  test('counts requests by controller, hook and code', async () => {
    await post('/pod/sync', '{}');
    const { text } = await request('/metrics');
    expect(text).toContain('kafkachannel_hook_requests_total{controller="pod",hook="sync",code="400"} 1');
    expect(text).toContain('kafkachannel_hook_duration_seconds_count{controller="pod",hook="sync"} 1');
  });

  test('M1: shows what it was told of the objects of a namespace', async () => {
    const channel = { apiVersion: 'messaging.knative.dev/v1', kind: 'KafkaChannel', metadata: { namespace: 'shop', name: 'orders' }, spec: {}, status: { conditions: [{ type: 'Ready', status: 'False' }] } };
    await post('/namespace/sync', JSON.stringify({ object: namespace, attachments: {}, related: { 'Secret.v1': {}, ...groupsOf(channel) }, finalizing: false }));
    const { text } = await request('/metrics');
    expect(text).toContain('kafkachannel_objects{namespace="shop",kind="KafkaChannel",ready="False"} 1\n');
  });

  test('O6: is not made without a token', () => expect(() => createApp({ ...dependencies, kafka: buggy, metrics: hookMetrics(), token: '' })).toThrow('the hooks need a token'));
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { KafkaChannel } from '../../contract/generated/kafkachannel.ts';
import { annotation, groupId, messagingApiVersion } from '../../contract/names.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { groupsOf } from './broker.ts';
import { addressOf } from './channels.ts';
import { until } from './cluster/wait.ts';
import { sendFromPod } from './events.ts';
import { installed } from './installed.ts';
import { installKnative, removeKnative } from './knative/install.ts';
import type { Kubernetes } from './kubernetes.ts';
import { refusals } from './metacontroller/refusals.ts';
import { Sink } from './sink.ts';
import { ready, subscription, toChannel, toSink } from './subscriptions.ts';
import { kafkaAddress, restrictedNamespace } from './system.ts';

const namespace = 'knative';
const longest = `name63-${'0123456789'.repeat(5)}012345`;
let kubernetes: Kubernetes;
let sink: Sink;

beforeAll(async () => {
  kubernetes = await installed();
  await kubernetes.apply([restrictedNamespace(namespace)]);
  await installKnative(kubernetes);
  sink = await Sink.start(kubernetes, namespace);
}, 300_000);

afterAll(async () => {
  await removeKnative(kubernetes);
}, 60_000);

/** There are many at a time, and the node may have two cores. */
const small = { numPartitions: 1, dispatcher: { resources: { requests: { cpu: '10m' } } } };
const kafkaChannel = (name: string, spec: object = {}): object => ({ apiVersion: messagingApiVersion, kind: 'KafkaChannel', metadata: { name, namespace }, spec: { ...small, ...spec } });
const send = (channel: string, ...ids: string[]): Promise<number[]> => sendFromPod(kubernetes, sink.pod, addressOf({ namespace, name: channel }), ids);
const channelNamed = async (name: string): Promise<KafkaChannel> => (await kubernetes.get('kafkachannels', name, namespace)) as unknown as KafkaChannel;

describe('the definition of KafkaChannel', () => {
  test('CP-3, CP-4, CP-5, CP-6: is namespaced, subscribable, addressable, and in category channel', async () => {
    const { metadata, spec } = (await kubernetes.get('crd', 'kafkachannels.messaging.knative.dev')) ?? { metadata: undefined, spec: undefined };
    expect(spec).toMatchObject({ scope: 'Namespaced', names: { categories: expect.arrayContaining(['channel']) as unknown } });
    expect(metadata?.labels).toMatchObject({ 'messaging.knative.dev/subscribable': 'true', 'duck.knative.dev/addressable': 'true' });
    await kubernetes.run('get', 'channel', '-n', namespace);
  }, 30_000);

  test.each([['CP-1', 'channelable', 'delete'], ['CP-2', 'addressable', 'get']])('%s: is in the role that Knative aggregates from what is %s', async (_id, duck, verb) => {
    const { rules } = (await kubernetes.get('clusterrole', `eventing-controller-${duck}`)) as unknown as { rules: { resources: string[]; verbs: string[] }[] };
    for (const resource of ['kafkachannels', 'kafkachannels/status']) expect(rules.some(({ resources, verbs }) => resources.includes(resource) && verbs.includes(verb))).toBe(true);
  }, 30_000);
});

describe('a KafkaChannel', () => {
  const name = 'ducktyped';

  beforeAll(async () => {
    await kubernetes.apply([kafkaChannel(name, { kafkaSecret: 'later' })]);
  }, 30_000);

  const conditionOf = (object: unknown, type: string): { status: string; reason: string; message?: string; lastTransitionTime: string } | undefined =>
    ((object as KafkaChannel).status.conditions ?? []).find((condition) => condition.type === type) as ReturnType<typeof conditionOf>;

  const subscribable = annotation.subscribable;
  const saysSubscribable = ({ metadata }: KubernetesObject): boolean => metadata.annotations?.[subscribable] === 'v1';

  test('CP-7: says that it is subscribable, and says so again when that is taken away', async () => {
    await kubernetes.when('kafkachannels', name, namespace, saysSubscribable);
    await kubernetes.run('annotate', 'kafkachannels', name, '-n', namespace, `${subscribable}-`);
    await kubernetes.when('kafkachannels', name, namespace, saysSubscribable);
  }, 120_000);

  /** Has another webhook asked whether channels are subscribable; returns the one before. */
  async function askedInstead(webhook: object): Promise<object> {
    const controller = ['decoratorcontroller', 'kafkachannel-subscribable'] as const;
    const { hooks } = (await kubernetes.get(...controller))?.['spec'] as { hooks: { sync: { webhook: object } } };
    await kubernetes.run('patch', ...controller, '--type=json', '-p', JSON.stringify([{ op: 'replace', path: '/spec/hooks/sync/webhook', value: webhook }]));
    return hooks.sync.webhook;
  }

  test('CP-7: says so even where its status is written while the hook is asked', async () => {
    const written = 'written-meanwhile';
    await kubernetes.apply([kafkaChannel(written, { kafkaSecret: 'later' })]);
    await kubernetes.when('kafkachannels', written, namespace, (object) => saysSubscribable(object) && conditionOf(object, 'Ready')?.status === 'False');
    let asked = 0;
    const answer = async (): Promise<string> => {
      asked += 1;
      if (asked === 1) await kubernetes.patch('kafkachannels', written, namespace, { status: { annotations: { written: 'meanwhile' } } }, '--subresource=status');
      return JSON.stringify({ annotations: { [subscribable]: 'v1' } });
    };
    const hook = createServer((_request, response) => void answer().then((text) => response.setHeader('content-type', 'application/json').end(text), () => response.writeHead(500).end()));
    hook.listen(0, kubernetes.cluster.hostAddress);
    await once(hook, 'listening');
    const shipped = await askedInstead({ url: `http://${kubernetes.cluster.hostAddress}:${(hook.address() as AddressInfo).port}/` });
    try {
      await kubernetes.run('annotate', 'kafkachannels', written, '-n', namespace, `${subscribable}-`);
      await kubernetes.when('kafkachannels', written, namespace, saysSubscribable);
      expect(asked).toBeGreaterThan(1);
    } finally {
      await askedInstead(shipped);
      hook.close();
    }
  }, 120_000);

  test('CP-11: has conditions that say why, and when they changed', async () => {
    const faulty = await kubernetes.when('kafkachannels', name, namespace, (object) => conditionOf(object, 'Ready')?.status === 'False');
    expect(conditionOf(faulty, 'Ready')).toMatchObject({ reason: 'KafkaSecretMissing', message: expect.stringContaining('later') as unknown, lastTransitionTime: expect.stringMatching(/Z$/) as unknown });
    await kubernetes.patch('kafkachannels', name, namespace, { spec: { kafkaSecret: null } });
    await ready(kubernetes, namespace, 'kafkachannels', name);
    const [before, after] = [conditionOf(faulty, 'Ready'), conditionOf(await channelNamed(name), 'Ready')];
    expect(Date.parse(after?.lastTransitionTime ?? '')).toBeGreaterThan(Date.parse(before?.lastTransitionTime ?? ''));
  }, 120_000);
});

describe('with Knative\'s own controller, a Subscription', () => {
  const name = 'subscribed';

  beforeAll(async () => {
    await kubernetes.apply([kafkaChannel(name, { delivery: { deadLetterSink: toSink('/dead') } }), subscription(namespace, name, { channel: name, subscriber: toSink('/first') })]);
  }, 60_000);

  test('F-14: to a KafkaChannel becomes Ready', async () => {
    await ready(kubernetes, namespace, 'subscriptions.messaging.knative.dev', name);
    await ready(kubernetes, namespace, 'kafkachannels', name);
  }, 120_000);

  test('CP-8, CP-9, CP-10, CP-12, CP-13: is on the channel once, and the channel says what the conformance suite asks for', async () => {
    const { metadata, spec, status } = await channelNamed(name);
    const { uid, generation } = (await kubernetes.get('subscriptions.messaging.knative.dev', name, namespace))?.metadata ?? {};
    expect(status.observedGeneration).toBe(metadata.generation);
    expect(spec.subscribers).toEqual([expect.objectContaining({ uid, generation, subscriberUri: sink.url('/first') })]);
    expect(status.subscribers).toEqual([{ uid, observedGeneration: generation, ready: 'True' }]);
    expect(status.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'True' }));
    expect(status.address?.url).toBe(addressOf({ namespace, name }));
    expect(status.deadLetterSinkUri).toBe(sink.url('/dead'));
  }, 30_000);

  test('that is deleted goes from the channel, and its group from the broker', async () => {
    const uid = (await kubernetes.get('subscriptions.messaging.knative.dev', name, namespace))?.metadata.uid ?? '';
    const group = groupId({ namespace, name }, uid);
    expect(await groupsOf(kafkaAddress('KAFKA_BOOTSTRAP'))).toContain(group);
    await kubernetes.run('delete', 'subscriptions.messaging.knative.dev', name, '-n', namespace, '--timeout=30s');
    await kubernetes.when('kafkachannels', name, namespace, (channel) => ((channel['status'] as KafkaChannel['status']).subscribers ?? []).length === 0);
    await until('group gone', async () => ((await groupsOf(kafkaAddress('KAFKA_BOOTSTRAP'))).includes(group) ? undefined : true), { timeoutMs: 30_000 });
  }, 120_000);
});

describe('with Knative\'s own controller, a generic Channel', () => {
  const name = 'generic';

  beforeAll(async () => {
    const template = { apiVersion: messagingApiVersion, kind: 'KafkaChannel', spec: small };
    const spec = { channelTemplate: template, delivery: { deadLetterSink: toSink('/generic-dead') } };
    await kubernetes.apply([
      { apiVersion: messagingApiVersion, kind: 'Channel', metadata: { name, namespace }, spec },
      subscription(namespace, name, { channel: name, kind: 'Channel', subscriber: toSink('/drop/generic') }),
    ]);
  }, 60_000);

  test('F-14: becomes Ready by a KafkaChannel of the same name, and so does its Subscription', async () => {
    await ready(kubernetes, namespace, 'channels.messaging.knative.dev', name);
    await ready(kubernetes, namespace, 'subscriptions.messaging.knative.dev', name);
  }, 120_000);

  test('F-4: an event that its subscriber drops is in its dead letter sink', async () => {
    expect(await send(name, 'generic-1')).toEqual([202]);
    const [dead] = await sink.received('/generic-dead', 1);
    expect(dead?.headers).toMatchObject({ 'ce-id': 'generic-1', 'ce-knativeerrordest': sink.url('/drop/generic'), 'ce-knativeerrorcode': '500' });
  }, 90_000);
});

const names = ['customname', 'name-with-dash', 'name1with2numbers3', longest];

describe('F-14: a generic Channel and its Subscription become Ready under the name', () => {
  const elsewhere = `${namespace}-generic`;

  beforeAll(async () => {
    await kubernetes.apply([restrictedNamespace(elsewhere)]);
  }, 30_000);

  test.each(names)('%s', async (name) => {
    const channelTemplate = { apiVersion: messagingApiVersion, kind: 'KafkaChannel', spec: small };
    const channel = { apiVersion: messagingApiVersion, kind: 'Channel', metadata: { name, namespace: elsewhere }, spec: { channelTemplate } };
    await kubernetes.apply([channel, subscription(elsewhere, name, { channel: name, kind: 'Channel', subscriber: { uri: sink.url(`/generic/${name.length}`) } })]);
    await ready(kubernetes, elsewhere, 'channels.messaging.knative.dev', name);
    await ready(kubernetes, elsewhere, 'subscriptions.messaging.knative.dev', name);
    const { status } = (await kubernetes.get('channels.messaging.knative.dev', name, elsewhere)) as unknown as KafkaChannel;
    expect(await sendFromPod(kubernetes, sink.pod, status.address?.url ?? '', ['named-1'])).toEqual([202]);
    await sink.received(`/generic/${name.length}`, 1);
    await kubernetes.run('delete', 'subscriptions.messaging.knative.dev,channels.messaging.knative.dev', name, '-n', elsewhere, '--timeout=60s');
  }, 180_000);

  afterAll(async () => {
    await kubernetes.run('delete', 'namespace', elsewhere, '--timeout=60s');
  }, 90_000);
});

describe('F-14: a KafkaChannel and its Subscription become Ready under the name', () => {
  test.each(names)('%s', async (name) => {
    await kubernetes.apply([kafkaChannel(name), subscription(namespace, name, { channel: name, subscriber: toSink(`/named/${name.length}`) })]);
    await ready(kubernetes, namespace, 'subscriptions.messaging.knative.dev', name);
    await ready(kubernetes, namespace, 'kafkachannels', name);
  }, 120_000);

  test('of 63 characters, and takes and delivers events', async () => {
    const { status } = await channelNamed(longest);
    expect(await sendFromPod(kubernetes, sink.pod, status.address?.url ?? '', ['long-1'])).toEqual([202]);
    await sink.received(`/named/${longest.length}`, 1);
  }, 90_000);
});

describe('through real pods', () => {
  test('F-1: ten channels in a chain deliver an event to the end', async () => {
    const links = Array.from({ length: 10 }, (_, index) => `chain-${index}`);
    const next = (index: number): ReturnType<typeof toSink> => (index + 1 < links.length ? toChannel(links[index + 1] ?? '') : toSink('/chain-end'));
    await kubernetes.apply(links.map((link) => kafkaChannel(link)));
    await ready(kubernetes, namespace, 'kafkachannels', ...links);
    await kubernetes.apply(links.map((link, index) => subscription(namespace, link, { channel: link, subscriber: next(index) })));
    await ready(kubernetes, namespace, 'subscriptions.messaging.knative.dev', ...links);
    expect(await send('chain-0', 'chain-1')).toEqual([202]);
    const [last] = await sink.received('/chain-end', 1, { timeoutMs: 90_000 });
    expect(last?.headers['ce-id']).toBe('chain-1');
    await kubernetes.run('delete', 'subscriptions.messaging.knative.dev,kafkachannels', ...links, '-n', namespace, '--timeout=60s');
  }, 300_000);

  test('F-3: what a subscriber drops is in the channel\'s dead letter sink, which is told the namespace', async () => {
    const name = 'dead-letters';
    await kubernetes.apply([kafkaChannel(name, { delivery: { deadLetterSink: toSink('/dead-letters') } })]);
    await ready(kubernetes, namespace, 'kafkachannels', name);
    await kubernetes.apply([subscription(namespace, name, { channel: name, subscriber: toSink('/drop-first/dead-letters') })]);
    await ready(kubernetes, namespace, 'subscriptions.messaging.knative.dev', name);
    expect(await send(name, 'dropped-1')).toEqual([202]);
    const [dead] = await sink.received('/dead-letters', 1);
    expect(dead?.headers).toMatchObject({ 'ce-id': 'dropped-1', 'ce-type': 'e2e', 'kn-namespace': namespace });
    expect((await channelNamed(name)).status.deadLetterSinkUri).toBe(sink.url('/dead-letters'));
  }, 180_000);

  test('F-5: a channel is the dead letter sink of another', async () => {
    await kubernetes.apply([kafkaChannel('parking')]);
    await ready(kubernetes, namespace, 'kafkachannels', 'parking');
    await kubernetes.apply([kafkaChannel('parked', { delivery: { deadLetterSink: toChannel('parking') } }), subscription(namespace, 'parking', { channel: 'parking', subscriber: toSink('/parking') })]);
    await ready(kubernetes, namespace, 'kafkachannels', 'parked');
    await kubernetes.apply([subscription(namespace, 'parked', { channel: 'parked', subscriber: toSink('/drop/parked') })]);
    await ready(kubernetes, namespace, 'subscriptions.messaging.knative.dev', 'parking', 'parked');
    const ids = Array.from({ length: 10 }, (_, index) => `parked-${index}`);
    expect(await send('parked', ...ids)).toEqual(ids.map(() => 202));
    const parked = await sink.received('/parking', ids.length, { timeoutMs: 90_000 });
    expect(parked.map(({ headers }) => headers['ce-id']).sort()).toEqual(ids);
  }, 180_000);

  test('F-6: three events are transformed on the way from one channel to the next, once each', async () => {
    await kubernetes.apply([kafkaChannel('raw'), kafkaChannel('cooked')]);
    await ready(kubernetes, namespace, 'kafkachannels', 'raw', 'cooked');
    await kubernetes.apply([
      subscription(namespace, 'raw', { channel: 'raw', subscriber: toSink('/transform/raw'), reply: toChannel('cooked') }),
      subscription(namespace, 'cooked', { channel: 'cooked', subscriber: toSink('/cooked') }),
    ]);
    await ready(kubernetes, namespace, 'subscriptions.messaging.knative.dev', 'raw', 'cooked');
    expect(await send('raw', 'raw-1', 'raw-2', 'raw-3')).toEqual([202, 202, 202]);
    const cooked = await sink.received('/cooked', 3);
    expect(cooked.map(({ headers }) => [headers['ce-id'], headers['ce-type'], headers['ce-source']]).sort()).toEqual(['raw-1', 'raw-2', 'raw-3'].map((id) => [id, 'transformed', 'transformer']));
  }, 180_000);

  test('F-7, F-8: an event is delivered whether it is sent binary or structured', async () => {
    await kubernetes.apply([kafkaChannel('modes'), subscription(namespace, 'modes', { channel: 'modes', subscriber: toSink('/modes') })]);
    await ready(kubernetes, namespace, 'subscriptions.messaging.knative.dev', 'modes');
    const address = addressOf({ namespace, name: 'modes' });
    expect(await sendFromPod(kubernetes, sink.pod, address, ['binary-1'])).toEqual([202]);
    expect(await sendFromPod(kubernetes, sink.pod, address, ['structured-1'], 'structured')).toEqual([202]);
    const seen = await sink.received('/modes', 2);
    expect(seen.map(({ headers, body }) => headers['ce-id'] ?? (JSON.parse(body) as { id: string }).id).sort()).toEqual(['binary-1', 'structured-1']);
  }, 180_000);
});

test('O6: Metacontroller was refused nothing by its narrowed role', async () => {
  expect(await refusals(kubernetes)).toEqual([]);
}, 30_000);

test('a namespace with Knative\'s objects and channels goes with all of them', async () => {
  await kubernetes.run('delete', 'namespace', namespace, '--timeout=60s');
  await until('groups gone', async () => ((await groupsOf(kafkaAddress('KAFKA_BOOTSTRAP'))).some((id) => id.startsWith(`kafka.${namespace}.`)) ? undefined : true));
}, 150_000);

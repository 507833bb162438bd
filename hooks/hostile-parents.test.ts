import { describe, expect, test } from '@jest/globals';

import type { KafkaChannel } from '../contract/generated/kafkachannel.ts';
import { createLogger } from '../runtime/log.ts';
import { aSecret, frozen, groupsOf, hooksConfigForTests, withReadyTopics } from '../test/support/hook-objects.ts';
import { kafkaWith } from '../test/support/kafka-fake.ts';
import type { DecoratorAnswer, KubernetesObject } from './metacontroller.ts';
import { hookRoutes } from './routes.ts';

const hooks = hookRoutes({ config: hooksConfigForTests, kafka: kafkaWith({}), logger: createLogger('test', 'silent'), now: () => new Date('2026-11-22T09:00:00Z') });
const secret = aSecret({ 'bootstrap.servers': 'k:9092', 'topics.allowed': '*', 'topic.config.allowed': '*' });
const noneFound = { 'ConfigMap.v1': {}, 'Service.v1': {} };

/** Texts that a careless program falls over. All of them pass the types of the CRD. */
const nasty = ['', ' ', '__proto__', 'constructor', 'toString', '../../etc/passwd', 'a'.repeat(2048), '*', '*'.repeat(64), '\u0000', '"\n}', '${x}', '%', '-', 'P', 'PT', 'P9999999999999999Y', 'http://', 'http://[::1', 'javascript:1', '🙈'];

/** Numbers from 0 to 2^32, the same for each seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0);
}

function hostileChannel(seed: number): KafkaChannel {
  const next = random(seed);
  const text = (): string => nasty[next() % nasty.length] ?? '';
  const maybe = <T>(value: T): T | undefined => (next() % 2 === 0 ? value : undefined);
  const delivery = (): object => ({ retry: next(), timeout: text(), backoffDelay: text(), retryAfterMax: maybe(text()), deadLetterSink: maybe({ uri: maybe(text()), ref: maybe({ apiVersion: text(), kind: maybe('Service'), name: text(), namespace: text() }) }) });
  const spec = {
    numPartitions: next() % 10_000,
    replicationFactor: 1,
    retentionDuration: text(),
    kafkaSecret: next() % 8 === 0 ? text() : undefined,
    topic: maybe({ name: maybe(text()), policy: 'Managed', deletionPolicy: 'Delete', config: { [text()]: text() } }),
    dispatcher: maybe({ replicas: next(), deliveryOrder: 'ordered', maxInFlight: 1, resources: maybe({ requests: { [text()]: text() }, limits: { [text()]: next() } }) }),
    delivery: maybe(delivery()),
    subscribers: maybe(Array.from({ length: next() % 4 }, () => ({ uid: text(), name: text(), subscriberUri: maybe(text()), replyUri: text(), delivery: maybe(delivery()) }))),
  };
  const labels = { [text()]: text() };
  return JSON.parse(JSON.stringify({ apiVersion: 'messaging.knative.dev/v1', kind: 'KafkaChannel', metadata: { namespace: 'shop', name: `hostile-${seed}`, generation: 1, labels, annotations: labels }, spec, status: {} })) as KafkaChannel;
}

const good: KafkaChannel = { ...hostileChannel(0), metadata: { namespace: 'shop', name: 'good', generation: 1 }, spec: { numPartitions: 4, replicationFactor: 1, retentionDuration: 'PT168H' } };
const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };

interface Child extends KubernetesObject {
  metadata: { name: string; labels: Record<string, string> };
}

/** What is asked for once the topics are Ready: only then are there groups. */
async function namespaceAnswer(...channels: KafkaChannel[]): Promise<Child[]> {
  const answered = async (attachments: readonly Child[]): Promise<Child[]> => {
    const request = { object: namespace, attachments: groupsOf(...attachments), related: groupsOf(secret, ...channels), finalizing: false };
    return ((await hooks.get('/namespace/sync')?.(frozen(request))) as DecoratorAnswer).attachments as Child[];
  };
  return await answered(withReadyTopics(await answered([])));
}

describe('hostile channels', () => {
  const hostile = Array.from({ length: 2000 }, (_, index) => hostileChannel(index + 1));

  test('C4: never make a hook fail', async () => {
    for (const parent of hostile) {
      await hooks.get('/kafkachannel/customize')?.(frozen({ parent }));
      const answer = await hooks.get('/kafkachannel/sync')?.(frozen({ parent, children: {}, related: { ...noneFound, ...groupsOf(secret) }, finalizing: false }));
      expect(answer).toHaveProperty('status.conditions');
    }
    await namespaceAnswer(...hostile);
  });

  test('C4: leave the children of their neighbour as they are', async () => {
    const alone = await namespaceAnswer(good);
    const among = await namespaceAnswer(...hostile.slice(0, 99), good);
    expect(among.filter(({ metadata }) => metadata.labels['knative-kafka.io/channel'] === 'good')).toEqual(alone);
    expect(alone).not.toEqual([]);
  });

  test('C4: one among 99 neighbours leaves all of them as they are, and has a condition', async () => {
    const neighbours = Array.from({ length: 99 }, (_, index): KafkaChannel => ({ ...good, metadata: { ...good.metadata, name: `good-${index}` } }));
    const alone = await namespaceAnswer(...neighbours);
    expect(alone).toHaveLength(3 * 99);
    const unaffected = JSON.stringify(alone);
    for (const one of hostile.slice(0, 200)) {
      const among = await namespaceAnswer(...neighbours.slice(0, 50), one, ...neighbours.slice(50));
      const others = among.filter(({ metadata }) => metadata.labels['knative-kafka.io/channel'] !== one.metadata.name);
      expect({ hostile: one.metadata.name, same: JSON.stringify(others) === unaffected }).toEqual({ hostile: one.metadata.name, same: true });
      const answer = await hooks.get('/kafkachannel/sync')?.(frozen({ parent: one, children: {}, related: { ...noneFound, ...groupsOf(secret) }, finalizing: false }));
      expect(answer).toMatchObject({ status: { conditions: expect.arrayContaining([expect.objectContaining({ type: 'Ready' })]) as unknown } });
    }
  });

  test('T7: get no label or annotation of theirs into a child', async () => {
    const known = ['knative-kafka.io/channel-namespace', 'knative-kafka.io/channel', 'knative-kafka.io/routed', 'app.kubernetes.io/name', 'app.kubernetes.io/component'];
    const labels = (await namespaceAnswer(...hostile)).flatMap(({ metadata }) => Object.keys(metadata.labels));
    expect([...new Set(labels)].filter((name) => !known.includes(name))).toEqual([]);
  });
});

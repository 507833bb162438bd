import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';

import { aSecret } from '../test/support/hook-objects.ts';
import { limitFault, safeTopicConfig, secretLimits } from './secret-limits.ts';

const orders = { namespace: 'shop', name: 'orders' };
const own = 'knative-messaging-kafka.shop.orders';

function fault(data: Record<string, string>, topic = own, config: Record<string, string> = {}): string | undefined {
  return limitFault(secretLimits(aSecret({ 'bootstrap.servers': 'k:9092', ...data })), orders, topic, config)?.reason;
}

describe('T4: namespaces.allowed', () => {
  test.each([
    { allowed: undefined, want: undefined },
    { allowed: '*', want: undefined },
    { allowed: 'bank, sh*', want: undefined },
    { allowed: 'bank', want: 'NamespaceNotAllowed' },
    { allowed: '', want: 'NamespaceNotAllowed' },
  ])('$allowed', ({ allowed, want }) => expect(fault(allowed === undefined ? {} : { 'namespaces.allowed': allowed })).toBe(want));
});

describe('T3: topics.allowed', () => {
  test.each([
    { name: 'its own topic needs none', allowed: '', topic: own, want: undefined },
    { name: 'no other by default', allowed: undefined, topic: 'payments', want: 'TopicNotAllowed' },
    { name: 'one that a pattern matches', allowed: 'orders-*', topic: 'orders-eu', want: undefined },
    { name: 'one that is allowed to its namespace', allowed: 'shop/*', topic: 'orders-eu', want: undefined },
    { name: 'one that is allowed to namespaces like its own', allowed: 'sh*/orders-eu', topic: 'orders-eu', want: undefined },
    { name: 'one that is allowed to another namespace', allowed: 'bank/*', topic: 'orders-eu', want: 'TopicNotAllowed' },
    { name: 'never a topic of Kafka\'s own', allowed: '*, __consumer_offsets', topic: '__consumer_offsets', want: 'TopicNotAllowed' },
    { name: 'another channel\'s topic is not meant by a *', allowed: '*', topic: 'knative-messaging-kafka.bank.payments', want: 'TopicNotAllowed' },
    { name: 'nor one that Kafka takes for that, and that would keep it from being made', allowed: '*', topic: 'knative-messaging-kafka_bank_payments', want: 'TopicNotAllowed' },
    { name: 'another channel\'s topic only by name', allowed: 'shop/knative-messaging-kafka.old-shop.*', topic: 'knative-messaging-kafka.old-shop.orders', want: undefined },
  ])('$name', ({ allowed, topic, want }) => expect(fault(allowed === undefined ? {} : { 'topics.allowed': allowed }, topic)).toBe(want));

  test.each([
    { topic: 'payments', want: 'Secret "kafka" does not let this channel use topic "payments": have key "topics.allowed" extended, or make the channel again without spec.topic.name' },
    { topic: '__consumer_offsets', want: 'topic "__consumer_offsets" is Kafka\'s own: make the channel again without spec.topic.name' },
  ])('what can be done about $topic is said: its name is fixed, and no key allows one of Kafka\'s own', ({ topic, want }) => expect(limitFault(secretLimits(aSecret({ 'bootstrap.servers': 'k:9092' })), orders, topic, {})?.message).toBe(want));
});

describe('T4: topic.config', () => {
  test.each([
    { name: 'what weakens no 202', data: {}, config: { 'cleanup.policy': 'compact', 'retention.ms': '-1' }, want: undefined },
    { name: 'not min.insync.replicas', data: {}, config: { 'min.insync.replicas': '1' }, want: 'TopicConfigNotAllowed' },
    { name: 'not unclean.leader.election.enable', data: {}, config: { 'unclean.leader.election.enable': 'true' }, want: 'TopicConfigNotAllowed' },
    { name: 'what the administrator says instead', data: { 'topic.config.allowed': 'min.*' }, config: { 'min.insync.replicas': '2' }, want: undefined },
    { name: 'and nothing else then', data: { 'topic.config.allowed': 'min.*' }, config: { 'cleanup.policy': 'compact' }, want: 'TopicConfigNotAllowed' },
  ])('$name', ({ data, config, want }) => expect(fault(data as Record<string, string>, own, config as Record<string, string>)).toBe(want));
});

test('docs/kafka-secret.md has the safe list', () => {
  const row = /^\| `topic\.config\.allowed` .*\| (.+) \|$/m.exec(readFileSync('docs/kafka-secret.md', 'utf8'))?.[1];
  expect(row).toBe(safeTopicConfig.map((name) => `\`${name}\``).join(', '));
});

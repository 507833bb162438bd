import { expect, test } from '@jest/globals';

import type { SettingChange } from '../kafka/kafka-admin.ts';
import type { ObservedTopic } from './gather.ts';
import { retentionSeconds } from './retention.ts';

function seenWith(settings: Record<string, string | null>): ObservedTopic {
  return { id: 'id', partitions: 1, settings: new Map(Object.entries(settings).map(([name, value]) => [name, { value, own: true }])) };
}

test.each<{ name: string; settings: Record<string, string | null>; changes?: SettingChange[]; want: number | undefined }>([
  { name: 'what is set', settings: { 'retention.ms': '3600000' }, want: 3600 },
  { name: 'what is going to be set', settings: { 'retention.ms': '3600000' }, changes: [{ name: 'retention.ms', value: '60500' }], want: 60.5 },
  { name: 'unknown, where it is going to be the broker\'s', settings: { 'retention.ms': '3600000' }, changes: [{ name: 'retention.ms', value: null }], want: undefined },
  { name: 'for ever', settings: { 'retention.ms': '-1' }, want: undefined },
  { name: 'for ever, where events are compacted alone', settings: { 'retention.ms': '3600000', 'cleanup.policy': 'compact' }, want: undefined },
  { name: 'that of a topic that is compacted as well', settings: { 'retention.ms': '3600000', 'cleanup.policy': 'compact,delete' }, want: 3600 },
  { name: 'unknown, where settings are not asked for', settings: {}, want: undefined },
  { name: 'unknown, where Kafka does not tell it', settings: { 'retention.ms': null }, want: undefined },
])('M3: the retention of a topic is $name', ({ settings, changes = [], want }) => {
  expect(retentionSeconds(seenWith(settings), { origin: 'created', changes })).toBe(want);
});

test('M3: the retention of a topic that is made is the one that it is made with', () => {
  const create = { topic: 'orders', partitions: 1, replicas: 1, config: { 'retention.ms': '60000' } };
  expect(retentionSeconds(undefined, { origin: 'created', create, changes: [] })).toBe(60);
});

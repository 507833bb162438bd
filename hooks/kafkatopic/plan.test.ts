import { describe, expect, test } from '@jest/globals';

import { aKafkaTopic } from '../../test/support/hook-objects.ts';
import type { ObservedTopic } from './gather.ts';
import { planTopic } from './plan.ts';

const settable = ['cleanup.policy', 'retention.ms', 'segment.ms'];
const own = aKafkaTopic({ topicName: 'orders', config: { 'retention.ms': '1' } });
const recorded = { ...own, status: { topicId: 'id-1' } };

function seen(topic: Partial<ObservedTopic> = {}, settings: Record<string, { value: string; own: boolean }> = { 'retention.ms': { value: '1', own: true } }): ObservedTopic {
  return { id: 'id-1', partitions: 3, settings: new Map(Object.entries(settings)), ...topic };
}

describe('planTopic', () => {
  test('creates what is not there', () => {
    expect(planTopic(own, undefined, settable)).toEqual({ origin: 'created', create: { topic: 'orders', partitions: 3, replicas: 1, config: { 'retention.ms': '1' } }, changes: [] });
  });

  test('leaves alone what is as asked for', () => expect(planTopic(recorded, seen(), settable)).toEqual({ origin: 'created', changes: [] }));

  test('adds partitions and never takes any away', () => {
    expect(planTopic(recorded, seen({ partitions: 2 }), settable)).toMatchObject({ grow: 3 });
    expect(planTopic(recorded, seen({ partitions: 9 }), settable)).not.toHaveProperty('grow');
  });

  test('sets what differs, takes back what was taken out of the spec, and leaves what an administrator set', () => {
    const settings = { 'retention.ms': { value: '2', own: true }, 'cleanup.policy': { value: 'compact', own: true }, 'min.insync.replicas': { value: '2', own: true }, 'segment.ms': { value: '5', own: false } };
    expect(planTopic(recorded, seen({}, settings), settable).changes).toEqual([{ name: 'retention.ms', value: '1' }, { name: 'cleanup.policy', value: null }]);
  });

  test('ignores a setting that was added to the object by hand, and takes it back on the topic', () => {
    const edited = { ...recorded, spec: { ...own.spec, config: { 'retention.ms': '1', 'cleanup.policy': 'compact' }, configKeys: ['retention.ms'] } };
    expect(planTopic(edited, undefined, settable)).toMatchObject({ create: { config: { 'retention.ms': '1' } } });
    expect(planTopic(edited, seen(), settable)).toEqual({ origin: 'created', changes: [] });
    const settings = { 'retention.ms': { value: '1', own: true }, 'cleanup.policy': { value: 'compact', own: true } };
    expect(planTopic(edited, seen({}, settings), settable).changes).toEqual([{ name: 'cleanup.policy', value: null }]);
  });

  test('takes nothing back on a topic that was there before', () => {
    const settings = { 'retention.ms': { value: '2', own: true }, 'cleanup.policy': { value: 'compact', own: true } };
    expect(planTopic(own, seen({}, settings), settable)).toEqual({ origin: 'found', changes: [{ name: 'retention.ms', value: '1' }] });
  });

  test('T3: alters nothing on a topic that was there before under a name of its own', () => {
    const elsewhere = { ...own, metadata: { ...own.metadata, name: 'knative-messaging-kafka.shop.orders' } };
    expect(planTopic(elsewhere, seen({ partitions: 1 }, {}), settable)).toEqual({ origin: 'found', changes: [] });
  });

  test('alters a topic of another name that is on record as ours as well', () => {
    const named = { ...recorded, metadata: { ...own.metadata, name: 'knative-messaging-kafka.shop.orders' } };
    expect(planTopic(named, seen({ partitions: 1 }, {}), settable)).toEqual({ origin: 'created', grow: 3, changes: [{ name: 'retention.ms', value: '1' }] });
  });

  test('takes a topic with another id for somebody else\'s', () => expect(planTopic(recorded, seen({ id: 'id-2' }), settable).origin).toBe('found'));

  test('takes a topic that was asked for without an answer for ours under the channel\'s own name, and under another, which is open to other channels, never', () => {
    const asked = { ...own, status: { conditions: [{ type: 'Ready', status: 'Unknown' as const, reason: 'TopicCreating' }] } };
    expect(planTopic(asked, seen(), settable).origin).toBe('created');
    const elsewhere = { ...asked, metadata: { ...own.metadata, name: 'knative-messaging-kafka.shop.orders' } };
    expect(planTopic(elsewhere, seen(), settable)).toEqual({ origin: 'found', changes: [] });
  });

  test('does nothing to an external topic', () => {
    const external = aKafkaTopic({ topicName: 'orders', policy: 'External', config: { 'retention.ms': '9' } });
    expect(planTopic(external, seen({ partitions: 1 }), settable)).toEqual({ origin: 'external', changes: [] });
    expect(planTopic(external, undefined, settable)).toEqual({ origin: 'missing', changes: [] });
  });
});

import { describe, expect, test } from '@jest/globals';

import type { KafkaTopic } from '../contract/generated/kafkatopic.ts';
import { aKafkaTopic, aSecret } from '../test/support/hook-objects.ts';
import { findingOf } from './channel-state.ts';
import { topicCheck } from './kafka-object-check.ts';
import type { StrimziTopic } from './strimzi-topic.ts';
import { clusterOf, readStrimziTopic, strimziCluster, strimziTopic, withKeysOf } from './strimzi-topic.ts';
import { asksFor } from './topic-spec.ts';

const cluster = { namespace: 'kafka', cluster: 'my-cluster' };
const asked = aKafkaTopic({ topicName: 't', partitions: 3, config: { 'retention.ms': '1000' }, configKeys: ['retention.ms'] });
const retained = { ...asked, spec: { ...asked.spec, deletionPolicy: 'Retain' as const } };

type Status = NonNullable<StrimziTopic['status']>;
type Said = NonNullable<Status['conditions']>[number];

const said = (type: string, rest: Partial<Said> = {}): Said => ({ type, status: 'True', lastTransitionTime: '2026-11-22T08:59:30Z', ...rest });
const paused = said('ReconciliationPaused');
const unmanaged = said('Unmanaged');

/** What was asked of the Topic Operator, as it is seen later. */
function seenTopic(conditions: Said[] | undefined, { managed = 'true', observedGeneration = 2 } = {}): StrimziTopic {
  const { metadata, ...rest } = strimziTopic(asked, cluster, undefined);
  return { ...rest, metadata: { ...metadata, generation: 2, annotations: { ...metadata.annotations, 'strimzi.io/managed': managed } }, ...(conditions && { status: { observedGeneration, conditions } }) };
}

const topicNamed = 'KafkaTopic "kafka/t"';
const waiting = { ok: false, reason: 'TopicPending', message: 'waiting for the KafkaTopic' };

describe('a KafkaTopic of Strimzi, as a channel\'s TopicReady tells it', () => {
  test.each([
    ['Ready', seenTopic([said('Ready')]), { ok: true, reason: 'Ready' }],
    ['Ready, with a warning', seenTopic([said('Ready'), said('Warning', { reason: 'InvalidConfig', message: 'property x is ignored' })]), { ok: true, reason: 'Ready' }],
    ['refused', seenTopic([said('Ready', { status: 'False', reason: 'NotSupported', message: 'Decreasing partitions not supported' })]), { ok: false, reason: 'TopicRefused', message: `${topicNamed}: NotSupported: Decreasing partitions not supported` }],
    ['refused in several lines', seenTopic([said('Ready', { status: 'False', reason: 'KafkaError', message: 'a\n  b' })]), { ok: false, reason: 'TopicRefused', message: `${topicNamed}: KafkaError: a b` }],
    ['refused without a word', seenTopic([said('Ready', { status: 'False' })]), { ok: false, reason: 'TopicRefused', message: topicNamed }],
    ['unknown', seenTopic([said('Ready', { status: 'Unknown', reason: 'Later', message: 'wait' })]), { ok: false, reason: 'TopicNotReady', message: `${topicNamed}: Later: wait` }],
    ['paused', seenTopic([paused]), { ok: false, reason: 'TopicNotReady', message: `${topicNamed}: the Topic Operator is paused: take its annotation strimzi.io/pause-reconciliation away` }],
    ['not looked at yet', seenTopic(undefined), waiting],
    ['looked at before it was changed', seenTopic([said('Ready')], { observedGeneration: 1 }), waiting],
    ['refused before it was changed', seenTopic([said('Ready', { status: 'False', reason: 'NotSupported' })], { observedGeneration: 1 }), waiting],
    ['left alone', seenTopic([unmanaged], { managed: 'false' }), { ok: true, reason: 'Ready' }],
    ['left alone, which the Topic Operator has not seen yet', seenTopic([said('Ready')], { managed: 'false' }), { ok: true, reason: 'Ready' }],
    ['left alone before it was made', seenTopic(undefined, { managed: 'false' }), waiting],
    ['taken back, which the Topic Operator has not seen yet', seenTopic([unmanaged]), waiting],
  ])('%s', (_name, object, finding) => {
    expect(findingOf(topicCheck(readStrimziTopic(object)))).toEqual(finding);
  });

  test('being deleted', () => {
    const { metadata, ...rest } = seenTopic([said('Ready')]);
    expect(topicCheck(readStrimziTopic({ ...rest, metadata: { ...metadata, deletionTimestamp: '2026-11-22T09:00:00Z' } }))).toMatchObject({ ok: false, reason: 'Deleting' });
  });
});

describe('strimziTopic', () => {
  test('asks for what is read again', () => {
    const object = strimziTopic(asked, cluster, undefined);
    const { spec } = readStrimziTopic(object);
    expect(asksFor(withKeysOf(asked.spec, spec), asked.spec)).toBe(true);
    expect(spec).toMatchObject({ topicName: 't', replicas: 1, kafkaSecret: 'kafka' });
    expect(clusterOf(object)).toEqual(cluster);
  });

  const managedIn = (wanted: KafkaTopic, seen?: StrimziTopic): string | undefined => strimziTopic(wanted, cluster, seen && readStrimziTopic(seen)).metadata.annotations?.['strimzi.io/managed'];
  const grown = { ...retained, spec: { ...retained.spec, partitions: 5 } };
  const external = { ...asked, spec: { ...asked.spec, policy: 'External' as const } };

  test.each([
    ['a topic that goes with its object is managed', asked, seenTopic([said('Ready')]), 'true'],
    ['and is taken back by the Topic Operator', asked, seenTopic([unmanaged], { managed: 'false' }), 'true'],
    ['a topic that stays is made first', retained, undefined, 'true'],
    ['and waited for', retained, seenTopic(undefined), 'true'],
    ['and not left alone while it is refused', retained, seenTopic([said('Ready', { status: 'False' })]), 'true'],
    ['nor while it is paused', retained, seenTopic([paused]), 'true'],
    ['nor before its last change is seen', retained, seenTopic([said('Ready')], { observedGeneration: 1 }), 'true'],
    ['then it is left alone', retained, seenTopic([said('Ready')]), 'false'],
    ['and stays so', retained, seenTopic([unmanaged], { managed: 'false' }), 'false'],
    ['until something else is asked for', grown, seenTopic([unmanaged], { managed: 'false' }), 'true'],
    ['a topic that is somebody else\'s from now on is left alone at once', external, seenTopic([said('Ready', { status: 'False' })]), 'false'],
  ])('%s', (_name, wanted, seen, managed) => {
    expect(managedIn(wanted, seen)).toBe(managed);
  });

  test('a setting that was added by hand holds nothing up', () => {
    const seen = seenTopic([said('Ready')]);
    expect(managedIn(retained, { ...seen, spec: { ...seen.spec, config: { ...seen.spec?.config, 'segment.bytes': 1_000_000 } } })).toBe('false');
  });
});

describe('readStrimziTopic', () => {
  test('reads one of which next to nothing is left', () => {
    const topic = readStrimziTopic({ apiVersion: 'kafka.strimzi.io/v1', kind: 'KafkaTopic', metadata: { name: 't', namespace: 'kafka' } });
    expect(topic).toMatchObject({ spec: { topicName: 't', kafkaSecret: '', config: {}, deletionPolicy: 'Delete' }, status: { conditions: [] } });
  });
});

describe('strimziCluster', () => {
  const of = (data: Record<string, string>): ReturnType<typeof strimziCluster> => strimziCluster(aSecret({ 'bootstrap.servers': 'k:9092', ...data }));

  test.each([
    [{}, undefined],
    [{ 'strimzi.cluster': 'my-cluster', 'strimzi.namespace': ' kafka\n' }, cluster],
    [{ 'strimzi.cluster': 'my-cluster' }, 'strimzi.namespace'],
    [{ 'strimzi.cluster': 'my-cluster', 'strimzi.namespace': '' }, 'strimzi.namespace'],
    [{ 'strimzi.namespace': 'kafka' }, 'strimzi.cluster'],
    [{ 'strimzi.cluster': 'My_Cluster', 'strimzi.namespace': 'kafka' }, 'strimzi.cluster'],
    [{ 'strimzi.cluster': 'my-cluster', 'strimzi.namespace': 'a.b' }, 'strimzi.namespace'],
  ])('%j', (data, found) => {
    const fault = typeof found === 'string' && { reason: 'KafkaSecretInvalid', message: `Secret "kafka": key "${found}" is not a DNS label: give strimzi.namespace and strimzi.cluster, or neither` };
    expect(of(data)).toEqual(fault || found);
  });
});

import { describe, expect, test } from '@jest/globals';

import type { Subscriber } from '../contract/generated/kafkachannel.ts';
import { parseDispatcherFile } from '../contract/dispatcher-file.ts';
import { channelLabels, groupId } from '../contract/names.ts';
import { parseRoutesFile } from '../contract/routes-file.ts';
import { aKafkaTopic, aSecret, groupsOf, hooksConfigForTests } from '../test/support/hook-objects.ts';
import { notedChannelState } from './channel-state.ts';
import type { KubernetesObject } from './metacontroller.ts';
import { syncNamespace } from './namespace/sync.ts';
import { syncSecret } from './secret/sync.ts';

const limit = 256 * 1024;
const secret = aSecret({ 'bootstrap.servers': 'k:9092' });
const uuid = (index: number): string => `${String(Math.imul(index + 1, 2_654_435_761) >>> 0).padStart(8, '0').slice(0, 8)}-1111-4222-8333-${String(Math.imul(index + 7, 40_503) >>> 0).padStart(12, '0')}`;

/** Bytes of an object as Metacontroller keeps it: what it applied last is there a second time, in an annotation. */
function keptSize(object: object): number {
  const applied = JSON.stringify(object);
  const { metadata, ...rest } = object as KubernetesObject;
  return Buffer.byteLength(JSON.stringify({ ...rest, metadata: { ...metadata, annotations: { ...metadata.annotations, 'metacontroller.k8s.io/last-applied-configuration': applied } } }));
}

describe('R17.1: no object that the hooks ask for is over 256 KiB', () => {
  test('where 5,000 channels on one Kafka have topics of their own', () => {
    const topics = Array.from({ length: 5000 }, (_, index) => {
      const key = { namespace: `team-${index % 500}`, name: `channel-number-${index}` };
      return aKafkaTopic({ topicName: `orders.team-${index % 500}.channel-number-${index}` }, { metadata: { name: `t-${index}`, labels: channelLabels(key) } });
    });
    const children = syncSecret({ object: secret, attachments: {}, related: groupsOf(...topics), finalizing: false }, hooksConfigForTests).attachments as KubernetesObject[];
    const file = children.find(({ kind }) => kind === 'ConfigMap') as unknown as { data: Record<string, string> };
    expect(Object.keys(parseRoutesFile(file.data['routes.json'] ?? ''))).toHaveLength(5000);
    expect(Math.max(...children.map(keptSize))).toBeLessThan(limit);
  });

  const refused = 'Kafka does not let the user of the Secret do this: grant it Describe and Read on topic "knative-messaging-kafka.team-1.orders" and Read on the group';
  test.each([
    { name: 'all of them Ready', condition: { type: 'Ready', status: 'True', reason: 'Ready' } },
    { name: 'Kafka refusing each', condition: { type: 'Ready', status: 'False', reason: 'KafkaAuthorizationFailed', message: refused } },
  ])('where a channel has as many subscribers as it may, $name', ({ condition }) => {
    const subscribers = Array.from({ length: 1000 }, (_, index): Subscriber => ({
      uid: uuid(index),
      name: `subscription-${index}`,
      generation: 1,
      subscriberUri: `http://subscriber-${index}.team-1.svc.cluster.local/events`,
      replyUri: 'http://reply-kn-channel.team-1.svc.cluster.local',
      delivery: { retry: 5, backoffDelay: 'PT1S', deadLetterSink: { uri: `http://dead-${index}.team-1.svc.cluster.local` } },
    }));
    const channel = { apiVersion: 'messaging.knative.dev/v1', kind: 'KafkaChannel', metadata: { namespace: 'team-1', name: 'orders', generation: 1 }, spec: { numPartitions: 4, replicationFactor: 1, retentionDuration: 'PT168H', subscribers }, status: {} };
    const groups = subscribers.map(({ uid }) => {
      const name = groupId({ namespace: 'team-1', name: 'orders' }, uid);
      return { apiVersion: 'knative-kafka.io/v1', kind: 'KafkaConsumerGroup', metadata: { namespace: 'knative-eventing', name, generation: 1 }, status: { observedGeneration: 1, initialized: true, conditions: [condition] } };
    });
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-1' } };
    const children = syncNamespace({ object: namespace, attachments: groupsOf(...groups), related: groupsOf(secret, channel), finalizing: false }, hooksConfigForTests).attachments as KubernetesObject[];
    const file = children.find(({ kind }) => kind === 'ConfigMap') as unknown as KubernetesObject & { data: Record<string, string> };
    expect(parseDispatcherFile(file.data['dispatcher.json'] ?? '').subscriptions).toHaveLength(1000);
    expect(Object.keys(notedChannelState(file)?.groups ?? {})).toHaveLength(1000);
    expect(Math.max(...children.map(keptSize))).toBeLessThan(limit);
  });
});

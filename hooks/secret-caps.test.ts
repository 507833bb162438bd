import { describe, expect, test } from '@jest/globals';

import type { KafkaChannel } from '../contract/generated/kafkachannel.ts';
import { aKafkaTopic, aSecret } from '../test/support/hook-objects.ts';
import { channelConfiguration } from './channel-configuration.ts';

import { capFault, secretCaps } from './secret-caps.ts';
function aChannel(spec: Partial<KafkaChannel['spec']>): KafkaChannel {
  return {
    apiVersion: 'messaging.knative.dev/v1',
    kind: 'KafkaChannel',
    metadata: { namespace: 'shop', name: 'orders' },
    spec: { numPartitions: 4, replicationFactor: 1, retentionDuration: 'PT168H', ...spec },
    status: { observedGeneration: -1 },
  };
}

function secretWith(data: Record<string, string>): ReturnType<typeof aSecret> {
  return aSecret({ 'bootstrap.servers': 'k:9092', ...data });
}

describe('T4: caps of the Kafka Secret', () => {
  test.each([
    { name: 'none', data: {}, spec: { numPartitions: 1000 }, want: undefined },
    { name: 'as many partitions as allowed', data: { 'partitions.max': '4' }, spec: {}, want: undefined },
    { name: 'too many partitions', data: { 'partitions.max': '3' }, spec: {}, want: 'spec.numPartitions of 3 at most: make the channel again with less, or have key "partitions.max" raised' },
    { name: 'too many copies', data: { 'replicas.max': '2' }, spec: { replicationFactor: 3 }, want: 'spec.replicationFactor of 2 at most' },
    { name: 'too many pods', data: { 'dispatcher.replicas.max': '2' }, spec: { dispatcher: { replicas: 3 } }, want: 'key "dispatcher.replicas.max"' },
    { name: 'as much CPU, written otherwise', data: { 'dispatcher.cpu.max': '1' }, spec: { dispatcher: { resources: { limits: { cpu: '1000m' } } } }, want: undefined },
    { name: 'too much CPU', data: { 'dispatcher.cpu.max': '500m' }, spec: { dispatcher: { resources: { requests: { cpu: 1 } } } }, want: 'spec.dispatcher.resources.requests.cpu of 500m at most' },
    { name: 'too much memory', data: { 'dispatcher.memory.max': '1Gi' }, spec: { dispatcher: { resources: { limits: { memory: '2G' } } } }, want: 'key "dispatcher.memory.max"' },
    { name: 'what is no quantity', data: { 'dispatcher.memory.max': '1Gi' }, spec: { dispatcher: { resources: { limits: { memory: 'all' } } } }, want: 'key "dispatcher.memory.max"' },
    { name: 'a cap that is none', data: { 'partitions.max': 'ten' }, spec: {}, want: 'key "partitions.max": not a number over 0' },
    { name: 'a cap of no memory', data: { 'dispatcher.memory.max': '0' }, spec: {}, want: 'key "dispatcher.memory.max": not a number over 0' },
  ])('$name', ({ data, spec, want }) => {
    const message = capFault('kafka', secretCaps(secretWith(data)), aChannel(spec as Partial<KafkaChannel['spec']>))?.message;
    if (want === undefined) expect(message).toBeUndefined();
    else expect(message).toContain(want);
  });
});

describe('T4: a channel that runs', () => {
  const running = aKafkaTopic({ topicName: 'knative-messaging-kafka.shop.orders', partitions: 6 });
  const partitions = (data: Record<string, string>, spec: Partial<KafkaChannel['spec']>): number | undefined =>
    channelConfiguration({ channel: aChannel(spec), fault: undefined }, [secretWith(data)], running.spec, 'knative-eventing').partitions;

  test.each([
    { name: 'grows to what it asks for', data: {}, spec: { numPartitions: 9 }, want: 9 },
    { name: 'grows to the cap and no further', data: { 'partitions.max': '8' }, spec: { numPartitions: 9 }, want: 8 },
    { name: 'loses no partition to a cap', data: { 'partitions.max': '3' }, spec: { numPartitions: 6 }, want: 6 },
    { name: 'escapes no cap by naming a Secret that is not there', data: { 'partitions.max': '8' }, spec: { numPartitions: 9, kafkaSecret: 'none' }, want: 8 },
    { name: 'grows no further while the cap cannot be read', data: { 'partitions.max': 'ten' }, spec: { numPartitions: 9 }, want: 6 },
  ])('$name', ({ data, spec, want }) => expect(partitions(data as Record<string, string>, spec)).toBe(want));

  test('grows no further without its Secret', () => {
    expect(channelConfiguration({ channel: aChannel({ numPartitions: 9 }), fault: undefined }, [], running.spec, 'knative-eventing')).toMatchObject({ partitions: 6, kafkaSecret: 'kafka', fault: { reason: 'KafkaSecretMissing' } });
  });
});

import { describe, expect, test } from '@jest/globals';

import type { KafkaChannel, Subscriber } from '../contract/generated/kafkachannel.ts';
import { hooksConfigForTests } from '../test/support/hook-objects.ts';
import type { SinkContext } from './dead-letter-sink.ts';
import { servingOf } from './delivery.ts';

type Delivery = NonNullable<Subscriber['delivery']>;

const defaults = { retry: 0, backoffPolicy: 'exponential', backoffDelayMs: 1000, timeoutMs: 600_000, format: 'binary' };

const sinks: SinkContext = { channel: { namespace: 'shop', name: 'orders' }, config: hooksConfigForTests, read: () => undefined };

function serving(channelDelivery: Delivery | undefined, subscriber: Partial<Subscriber>): ReturnType<typeof servingOf> {
  const spec: KafkaChannel['spec'] = { numPartitions: 1, replicationFactor: 1, retentionDuration: 'PT168H', ...(channelDelivery && { delivery: channelDelivery }) };
  const channel: KafkaChannel = { apiVersion: 'messaging.knative.dev/v1', kind: 'KafkaChannel', metadata: { namespace: 'shop', name: 'orders' }, spec, status: {} };
  return servingOf(channel, { uid: 'a-1', subscriberUri: 'http://a/', ...subscriber }, sinks);
}

describe('servingOf', () => {
  test('has defaults', () => expect(serving(undefined, {})).toEqual({ delivery: defaults, fault: undefined, held: false }));

  test('S-9: takes the subscriber\'s delivery as a whole, and the channel\'s only where that sets nothing', () => {
    const channel: Delivery = { retry: 5, backoffDelay: 'PT2S', deadLetterSink: { uri: 'http://dead/' } };
    expect(serving(channel, { delivery: { timeout: 'PT3S' } }).delivery).toEqual({ ...defaults, timeoutMs: 3000 });
    const own = { ...defaults, retry: 5, backoffDelayMs: 2000, deadLetterUri: 'http://dead/' };
    expect(serving(channel, {}).delivery).toEqual(own);
    expect(serving(channel, { delivery: {} }).delivery).toEqual(own);
  });

  test.each([
    { name: 'a delay longer than a timer takes', delivery: { backoffDelay: 'P9999Y', timeout: 'PT0S', retryAfterMax: 'PT0S' }, want: { backoffDelayMs: 2_147_483_647, timeoutMs: 1, retryAfterMaxMs: 0 } },
    { name: 'json', delivery: { format: 'json' as const, backoffPolicy: 'linear' as const }, want: { format: 'json', backoffPolicy: 'linear' } },
  ])('$name', ({ delivery, want }) => expect(serving(undefined, { delivery }).delivery).toMatchObject(want));

  test.each([
    { name: 'a reply that is no address', subscriber: { replyUri: '/relative' }, held: true, fault: 'replyUri is not' },
    { name: 'a subscriber that is no http address', subscriber: { subscriberUri: 'file:///etc/passwd' }, held: true, fault: 'subscriberUri is not' },
    { name: 'a dead letter sink that is no address', subscriber: { delivery: { deadLetterSink: { uri: 'dead' } } }, held: true, fault: 'its uri is no absolute http or https address' },
    { name: 'a dead letter sink of unknown kind', subscriber: { delivery: { deadLetterSink: { ref: { kind: 'Sequence', apiVersion: 'flows.knative.dev/v1', name: 'b' } } } }, held: true, fault: 'the address of a Sequence is not known here' },
    { name: 'a duration that is none', subscriber: { delivery: { timeout: '5s' } }, held: false, fault: 'delivery.timeout is not' },
  ])('says what is wrong with $name', ({ subscriber, held, fault }) => {
    expect(serving(undefined, subscriber)).toMatchObject({ held, fault: { stalls: true, message: expect.stringContaining(fault) } });
  });

  test('holds a subscriber that has no address at all, for its events would be taken for delivered', () => {
    const channel: KafkaChannel = { apiVersion: 'messaging.knative.dev/v1', kind: 'KafkaChannel', metadata: { name: 'orders' }, spec: { numPartitions: 1, replicationFactor: 1, retentionDuration: 'PT168H' }, status: {} };
    expect(servingOf(channel, { uid: 'a-1' }, sinks)).toMatchObject({ held: true, fault: { stalls: true } });
  });

  test('holds a subscriber whose dead letter sink is not there yet, and takes that for no mistake', () => {
    const ref = { kind: 'Broker', apiVersion: 'eventing.knative.dev/v1', name: 'b' };
    expect(serving(undefined, { delivery: { deadLetterSink: { ref } } })).toMatchObject({ held: true, fault: { stalls: false, message: expect.stringContaining('waiting for Broker "shop/b"') } });
  });

  test('takes an empty dead letter sink for none', () => expect(serving(undefined, { delivery: { deadLetterSink: {} } })).toMatchObject({ held: false, fault: undefined }));
});

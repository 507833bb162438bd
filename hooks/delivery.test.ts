import { describe, expect, test } from '@jest/globals';

import type { KafkaChannel, Subscriber } from '../contract/generated/kafkachannel.ts';
import { servingOf } from './delivery.ts';

type Delivery = NonNullable<Subscriber['delivery']>;

const defaults = { retry: 0, backoffPolicy: 'exponential', backoffDelayMs: 1000, timeoutMs: 600_000, format: 'binary' };

function serving(channelDelivery: Delivery | undefined, subscriber: Partial<Subscriber>): ReturnType<typeof servingOf> {
  const spec: KafkaChannel['spec'] = { numPartitions: 1, replicationFactor: 1, retentionDuration: 'PT168H', ...(channelDelivery && { delivery: channelDelivery }) };
  const channel: KafkaChannel = { apiVersion: 'messaging.knative.dev/v1', kind: 'KafkaChannel', metadata: { namespace: 'shop', name: 'orders' }, spec, status: {} };
  return servingOf(channel, { uid: 'a-1', subscriberUri: 'http://a/', ...subscriber }, 'cluster.local');
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
    { name: 'a dead letter sink that is no address', subscriber: { delivery: { deadLetterSink: { uri: 'dead' } } }, held: true, fault: 'deadLetterSink cannot be resolved' },
    { name: 'a dead letter sink of unknown kind', subscriber: { delivery: { deadLetterSink: { ref: { kind: 'Broker', apiVersion: 'eventing.knative.dev/v1', name: 'b' } } } }, held: true, fault: 'deadLetterSink cannot be resolved' },
    { name: 'a duration that is none', subscriber: { delivery: { timeout: '5s' } }, held: false, fault: 'delivery.timeout is not' },
  ])('says what is wrong with $name', ({ subscriber, held, fault }) => {
    expect(serving(undefined, subscriber)).toMatchObject({ held, fault: expect.stringContaining(fault) });
  });

  test('takes an empty dead letter sink for none', () => expect(serving(undefined, { delivery: { deadLetterSink: {} } })).toMatchObject({ held: false, fault: undefined }));
});

import { describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { anEventRecord, testDelivery } from '../../test/support/delivery.ts';
import { testSubscriber } from '../../test/support/subscriber.ts';
import { EgressGuard } from './egress/egress-guard.ts';
import { EgressRules } from './egress/egress-rules.ts';

describe('S5: events that other writers put into the topic', () => {
  test.each<{ name: string; value: string | Buffer; want: string }>([
    { name: 'line ends', value: 'a\r\nx-injected: 1', want: 'a%0D%0Ax-injected:%201' },
    { name: 'NUL and control characters', value: 'a\u0000\u0007b', want: 'a%00%07b' },
    { name: 'letters beyond Latin', value: 'größe 火', want: 'gr%C3%B6%C3%9Fe%20%E7%81%AB' },
    { name: 'an emoji', value: '🎉', want: '%F0%9F%8E%89' },
    { name: 'bytes that are no UTF-8', value: Buffer.from([0x61, 0xff, 0xfe]), want: 'a%EF%BF%BD%EF%BF%BD' },
    { name: 'half an emoji', value: Buffer.from([0xed, 0xa0, 0x80]), want: '%EF%BF%BD%EF%BF%BD%EF%BF%BD' },
    { name: 'quotes and percent signs', value: '"50%"', want: '%2250%25%22' },
  ])('an attribute with $name is sent in percent code', async ({ value, want }) => {
    await using subscriber = await testSubscriber();
    await using delivery = testDelivery({ subscriberUri: subscriber.url });
    await delivery.deliver(anEventRecord({ ce_subject: value }));
    expect([subscriber.requests[0]?.headers['ce-subject'], subscriber.requests[0]?.headers['x-injected']]).toEqual([want, undefined]);
  });

  test.each<{ name: string; headers: Record<string, string | null> }>([
    { name: 'an attribute name with a line end', headers: { 'ce_x\r\nevil': '1' } },
    { name: 'an attribute name beyond letters and digits', headers: { 'ce_a-b': '1' } },
    { name: 'a content type with a line end', headers: { 'content-type': 'text/plain\r\nx-injected: 1' } },
    { name: 'no id', headers: { ce_id: null } },
    { name: 'an unknown version', headers: { ce_specversion: '2.0' } },
    { name: 'a batch', headers: { 'content-type': 'application/cloudevents-batch+json' } },
    { name: 'a structured document that is none', headers: { 'content-type': 'application/cloudevents+json' } },
  ])('$name makes it no event: to the dead letter sink as it is, at once', async ({ headers }) => {
    await using subscriber = await testSubscriber();
    await using sink = await testSubscriber();
    await using delivery = testDelivery({ subscriberUri: subscriber.url, delivery: { deadLetterUri: sink.url } });
    await delivery.deliver(anEventRecord(headers));
    expect([subscriber.requests.length, sink.requests.map(({ body }) => String(body)), sink.requests[0]?.headers['x-injected']]).toEqual([0, ['data'], undefined]);
    expect(delivery.lines.at(-1)).toMatchObject({ msg: 'dead-lettered', partition: 0, offset: 7 });
  });

  test('a header that travels along, and HTTP cannot carry, stays behind', async () => {
    await using subscriber = await testSubscriber();
    await using delivery = testDelivery({ subscriberUri: subscriber.url });
    await delivery.deliver(anEventRecord({ 'knative-x\r\nevil': '1', 'knative-a b': '2', 'knative-': '3', 'knative-good': 'g', 'knative-bad': 'a\r\nb', traceparent: 'a\u0000' }));
    expect([subscriber.requests.length, subscriber.requests[0]?.headers]).toEqual([1, expect.objectContaining({ 'knative-good': 'g' })]);
    expect(Object.keys(subscriber.requests[0]?.headers ?? {}).filter((name) => name.includes('evil') || name === 'knative-bad' || name === 'traceparent' || name.includes(' '))).toEqual([]);
  });

  test('a value that is null is an event without data; a record of 20 MiB arrives whole', async () => {
    await using subscriber = await testSubscriber();
    await using delivery = testDelivery({ subscriberUri: subscriber.url });
    const large = Buffer.alloc(20 * 1024 * 1024, 'y');
    await delivery.deliver(anEventRecord({}, null));
    await delivery.deliver(anEventRecord({}, large));
    expect(subscriber.requests.map(({ body }) => body.length)).toEqual([0, large.length]);
    expect(subscriber.requests[1]?.body.equals(large)).toBe(true);
  });

  test('O13: what a line of the log shows of it is bounded', async () => {
    await using subscriber = await testSubscriber((_request, response) => void response.writeHead(400).end());
    const path = 'p'.repeat(1000);
    await using delivery = testDelivery({ subscriberUri: `${subscriber.url}/${path}` });
    await delivery.deliver(anEventRecord({ ce_id: 'i'.repeat(5000), ce_source: `/${'s'.repeat(5000)}`, ce_type: 'x\ny' }));
    const line = delivery.lines.at(-1);
    const texts = ['eventId', 'eventSource', 'eventType'].map((field) => String(line?.[field]));
    expect(texts.map(({ length }) => length)).toEqual([256, 256, 3]);
    expect(line?.['error']).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/p+…: answered 400$/);
    expect(JSON.stringify(line).length).toBeLessThan(1500);
  });
});

describe('T1: a subscription whose addresses are forbidden', () => {
  const onlySecond = (): EgressGuard => new EgressGuard({ rules: new EgressRules({ allow: '127.0.0.2' }), kafkaHosts: () => [] });

  test('its subscriber is not tried again, and nothing that it would answer gets into the dead letter', async () => {
    await using secret = await testSubscriber((_request, response) => void response.writeHead(400).end('secret'));
    const letters: IncomingHttpHeaders[] = [];
    const sink = createServer(({ headers }, response) => {
      letters.push(headers);
      response.end();
    }).listen(0, '127.0.0.2');
    await once(sink, 'listening');
    await using delivery = testDelivery({ subscriberUri: secret.url, delivery: { retry: 5, deadLetterUri: `http://127.0.0.2:${(sink.address() as AddressInfo).port}/` } }, onlySecond());
    await delivery.deliver(anEventRecord());
    expect([secret.requests.length, await delivery.counted('delivery_attempts')]).toEqual([0, { 'refused': 1, '2xx': 1 }]);
    expect(letters).toEqual([expect.objectContaining({ 'ce-id': '1', 'ce-knativeerrordest': secret.url })]);
    expect([letters[0]?.['ce-knativeerrorcode'], letters[0]?.['ce-knativeerrordata']]).toEqual([undefined, undefined]);
    expect(delivery.lines.at(-1)).toMatchObject({ msg: 'dead-lettered', error: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+: not allowed: 127\.0\.0\.1 is a loopback address/) });
    sink.close();
    sink.closeAllConnections();
  });

  test('its reply address gets no reply: the event becomes a dead letter, or is dropped where the sink is forbidden as well', async () => {
    await using secret = await testSubscriber();
    await using delivery = testDelivery({ replyUri: secret.url, delivery: { retry: 5, deadLetterUri: `${secret.url}/letters` } }, onlySecond());
    await delivery.deliver(anEventRecord());
    expect([secret.requests.length, await delivery.counted('dropped'), await delivery.counted('delivery_attempts')]).toEqual([0, { dead_letter_refused: 1 }, { refused: 2 }]);
    expect(delivery.lines.at(-1)).toMatchObject({ msg: 'dropped', level: 'error', partition: 0, offset: 7, eventId: '1', eventSource: '/test' });
  });

  test.each(['http://user:hunter2@127.0.0.2/', 'http://hunter2@127.0.0.2/', 'https://user:hunter2@127.0.0.2:8443/x@y'])('credentials in %s are refused, and shown nowhere', async (subscriberUri) => {
    await using sink = await testSubscriber();
    await using delivery = testDelivery({ subscriberUri, delivery: { deadLetterUri: sink.url } });
    await delivery.deliver(anEventRecord());
    expect(sink.requests[0]?.headers['ce-knativeerrordest']).toMatch(/^https?:\/\/127\.0\.0\.2/);
    expect(JSON.stringify([delivery.lines, sink.requests[0]?.headers])).not.toContain('hunter2');
  });
});

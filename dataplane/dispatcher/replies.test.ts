import { describe, expect, test } from '@jest/globals';

import { anEventRecord, testDelivery } from '../../test/support/delivery.ts';
import type { Answer } from '../../test/support/subscriber.ts';
import { testSubscriber } from '../../test/support/subscriber.ts';
import { replyLimitBytes } from './reply.ts';

const attributes = { 'ce-specversion': '1.0', 'ce-id': 'reply', 'ce-source': '/subscriber', 'ce-type': 'test.reply' };
const replying = (status: number, body: string | Buffer = 'answer'): Answer => (_request, response) => void response.writeHead(status, attributes).end(body);

describe('replies', () => {
  test.each<{ name: string; answer: Answer; counted: Record<string, number>; replies: number }>([
    { name: 'an event in 200', answer: replying(200), counted: { delivered: 1 }, replies: 1 },
    { name: 'an event in 201', answer: replying(201), counted: { delivered: 1 }, replies: 1 },
    { name: 'S-1: an event in 202 is none', answer: replying(202), counted: {}, replies: 0 },
    { name: 'an event without data', answer: replying(200, ''), counted: { delivered: 1 }, replies: 1 },
    { name: 'an empty answer', answer: (_request, response) => void response.writeHead(204).end(), counted: {}, replies: 0 },
    { name: 'JSON that is no event', answer: (_request, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}'), counted: { ignored: 1 }, replies: 0 },
    { name: 'HTML', answer: (_request, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'), counted: { ignored: 1 }, replies: 0 },
    { name: 'a structured event that is broken', answer: (_request, response) => void response.writeHead(200, { 'content-type': 'application/cloudevents+json' }).end('{"id":'), counted: { ignored: 1 }, replies: 0 },
  ])('$name: delivered either way', async ({ answer, counted, replies }) => {
    await using subscriber = await testSubscriber(answer);
    await using reply = await testSubscriber();
    await using delivery = testDelivery({ subscriberUri: subscriber.url, replyUri: reply.url });
    await delivery.deliver(anEventRecord());
    expect([await delivery.counted('delivered'), await delivery.counted('replies'), reply.requests.length]).toEqual([{ delivered_events_total: 1 }, counted, replies]);
  });

  test('S-5: without a reply address a reply is dropped, and nothing of it is counted', async () => {
    await using subscriber = await testSubscriber(replying(200, Buffer.alloc(300_000)));
    await using delivery = testDelivery({ subscriberUri: subscriber.url });
    await delivery.deliver(anEventRecord());
    expect([await delivery.counted('delivered'), await delivery.counted('replies')]).toEqual([{ delivered_events_total: 1 }, {}]);
  });

  test('one that is longer than is taken makes its event a dead letter', async () => {
    await using subscriber = await testSubscriber(replying(200, Buffer.alloc(replyLimitBytes + 1)));
    await using reply = await testSubscriber();
    await using sink = await testSubscriber();
    await using delivery = testDelivery({ subscriberUri: subscriber.url, replyUri: reply.url, delivery: { deadLetterUri: sink.url } });
    await delivery.deliver(anEventRecord());
    expect([await delivery.counted('replies'), reply.requests.length, sink.ids()]).toEqual([{ too_large: 1 }, 0, ['1']]);
    expect(delivery.lines.at(-1)).toMatchObject({ msg: 'dead-lettered', error: expect.stringContaining('its reply is longer than') });
  });

  test.each([{ length: 100, asides: 0, status: 200 }, { length: 300_000, asides: 1, status: 200 }, { length: 300_000, asides: 1, status: 400 }])('of $length bytes leaves nothing behind, its address answering $status, and waits aside where it holds room that others wait for', async ({ length, asides, status }) => {
    await using subscriber = await testSubscriber(replying(200, Buffer.alloc(length)));
    await using reply = await testSubscriber((_request, response) => void response.writeHead(status).end());
    await using delivery = testDelivery({ subscriberUri: subscriber.url, replyUri: reply.url });
    await delivery.deliver(anEventRecord());
    expect([reply.requests[0]?.body.length, delivery.held, delivery.asides]).toEqual([length, 0, asides]);
  });

  test('DS-1d: one that its address does not take makes the event a dead letter that names the address; the subscriber is not called again', async () => {
    await using subscriber = await testSubscriber(replying(200));
    await using reply = await testSubscriber((_request, response) => void response.writeHead(500).end('no'));
    await using sink = await testSubscriber();
    await using delivery = testDelivery({ subscriberUri: subscriber.url, replyUri: reply.url, delivery: { retry: 2, deadLetterUri: sink.url } });
    await delivery.deliver(anEventRecord());
    expect([subscriber.requests.length, reply.requests.length, await delivery.counted('replies')]).toEqual([1, 3, { failed: 1 }]);
    expect(sink.requests[0]?.headers).toMatchObject({ 'ce-id': '1', 'ce-knativeerrordest': reply.url, 'ce-knativeerrorcode': '500', 'ce-knativeerrordata': Buffer.from('no').toString('base64') });
  });

  test('S-8, F-2: a subscription with a reply address only has retries and a dead letter sink too', async () => {
    await using reply = await testSubscriber((_request, response) => void response.writeHead(503).end());
    await using sink = await testSubscriber();
    await using delivery = testDelivery({ replyUri: reply.url, delivery: { retry: 2, deadLetterUri: sink.url } });
    await delivery.deliver(anEventRecord());
    expect([reply.requests.length, reply.requests.some(({ headers }) => headers['prefer'] !== undefined), sink.requests[0]?.headers['ce-knativeerrordest']]).toEqual([3, false, reply.url]);
  });
});

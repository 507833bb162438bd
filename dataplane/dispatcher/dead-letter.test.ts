import { describe, expect, test } from '@jest/globals';

import { anEventRecord, testDelivery } from '../../test/support/delivery.ts';
import type { Answer } from '../../test/support/subscriber.ts';
import { testSubscriber } from '../../test/support/subscriber.ts';
import { deadLetterExtensions, deadLetterPolicy, failureText } from './dead-letter.ts';
import type { Outcome } from './http/http-client.ts';
import { judge } from './retry.ts';

function answered(status: number, body = ''): Outcome {
  return { kind: 'answered', status, rawHeaders: [], body: Buffer.from(body), truncated: false };
}
const unreachable: Outcome = { kind: 'unanswered', error: 'connect ECONNREFUSED', failure: 'connection' };
const url = 'http://subscriber/';

describe('deadLetterExtensions', () => {
  test('F-11: code and address, no data where the answer had none', () => expect(deadLetterExtensions(url, answered(422))).toEqual({ knativeerrordest: url, knativeerrorcode: '422' }));

  test('F-12: data as Base64, no more than the first 1,024 bytes', () => {
    expect(deadLetterExtensions(url, answered(500, 'why'))['knativeerrordata']).toBe(Buffer.from('why').toString('base64'));
    expect(Buffer.from(deadLetterExtensions(url, answered(500, 'x'.repeat(2000)))['knativeerrordata'] ?? '', 'base64').length).toBe(1024);
  });

  test('F-10: only the address where there was no answer', () => expect(deadLetterExtensions(url, unreachable)).toEqual({ knativeerrordest: url }));
});

describe('deadLetterPolicy', () => {
  const spec = { retry: 0, backoffPolicy: 'exponential', backoffDelayMs: 0, timeoutMs: 1, format: 'binary' } as const;

  test('S-7: waits for a sink without end, and never long between two attempts', () => {
    expect(judge(unreachable, 1, deadLetterPolicy(spec), 0)).toEqual({ kind: 'retry', inMs: 200 });
    expect(judge(unreachable, 100_000, deadLetterPolicy({ ...spec, backoffDelayMs: 600_000 }), 0)).toEqual({ kind: 'retry', inMs: 30_000 });
  });

  test('takes a refusal for an answer', () => expect(judge(answered(400), 1, deadLetterPolicy(spec), 0)).toEqual({ kind: 'failed' }));
});

describe('failureText', () => {
  test('says what happened where', () => {
    expect([failureText(url, answered(503)), failureText(url, unreachable)]).toEqual(['http://subscriber/: answered 503', 'http://subscriber/: connect ECONNREFUSED']);
  });
});

describe('what comes to a dead letter sink', () => {
  const refusing = (body: Buffer = Buffer.alloc(0)): Answer => (_request, response) => void response.writeHead(422).end(body);

  test.each<{ name: string; body: Buffer }>([
    { name: 'every byte there is', body: Buffer.from(Array.from({ length: 256 }, (_none, byte) => byte)) },
    { name: 'a line end and a header', body: Buffer.from('no\r\nx-injected: 1\r\n\r\n') },
    { name: 'HTML', body: Buffer.from('<html><body>größe & 火</body></html>') },
  ])('R2.3: has the answer in Base64, whatever that is: $name', async ({ body }) => {
    await using subscriber = await testSubscriber(refusing(body));
    await using sink = await testSubscriber();
    await using delivery = testDelivery({ subscriberUri: subscriber.url, delivery: { deadLetterUri: sink.url } });
    await delivery.deliver(anEventRecord());
    const { headers } = sink.requests[0] ?? {};
    expect([headers?.['ce-knativeerrordata'], headers?.['x-injected']]).toEqual([body.toString('base64'), undefined]);
  });

  test('has the namespace of the channel and the headers that travel along, and is not asked for a reply', async () => {
    await using subscriber = await testSubscriber(refusing());
    await using sink = await testSubscriber();
    await using delivery = testDelivery({ subscriberUri: subscriber.url, delivery: { deadLetterUri: sink.url } });
    const travelling = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'knative-hello': 'world' };
    await delivery.deliver(anEventRecord(travelling));
    await delivery.deliver(anEventRecord({ ce_id: null }));
    const [letter, record] = sink.requests.map(({ headers }) => headers);
    expect(letter).toMatchObject({ ...travelling, 'kn-namespace': 'tenant' });
    expect([record?.['kn-namespace'], letter?.['prefer'], record?.['prefer']]).toEqual(['tenant', undefined, undefined]);
  });

  test('S-7: waits no more once the sink has taken it', async () => {
    await using subscriber = await testSubscriber(refusing());
    const statuses = [503, 503, 200];
    await using sink = await testSubscriber((_request, response) => void response.writeHead(statuses.shift() ?? 200).end());
    await using delivery = testDelivery({ subscriberUri: subscriber.url, delivery: { deadLetterUri: sink.url } });
    await delivery.deliver(anEventRecord());
    expect([sink.requests.length, await delivery.counted('subscription_dead_letters_waiting')]).toEqual([3, {}]);
  });

  test('S-7: is sent again where the sink takes longer than the delivery allows', async () => {
    await using subscriber = await testSubscriber(refusing());
    let isSilent = true;
    await using sink = await testSubscriber((_request, response) => {
      if (!isSilent) response.end();
      isSilent = false;
    });
    await using delivery = testDelivery({ subscriberUri: subscriber.url, delivery: { timeoutMs: 500, deadLetterUri: sink.url } });
    await delivery.deliver(anEventRecord());
    expect([sink.requests.length >= 2, await delivery.counted('dead_lettered')]).toEqual([true, { dead_lettered_events_total: 1 }]);
  });

  test('of a record that is no event has the content type of the record, or says that it knows none', async () => {
    await using sink = await testSubscriber();
    await using delivery = testDelivery({ subscriberUri: 'http://127.0.0.1:1/', delivery: { deadLetterUri: sink.url } });
    await delivery.deliver(anEventRecord({ ce_id: null, 'content-type': null }));
    await delivery.deliver(anEventRecord({ ce_id: null }));
    expect(sink.requests.map(({ headers }) => headers['content-type'])).toEqual(['application/octet-stream', 'text/plain']);
  });

  test('and to a reply address is structured where the format is json', async () => {
    const attributes = { 'ce-specversion': '1.0', 'ce-id': 'reply', 'ce-source': '/subscriber', 'ce-type': 'test.reply', 'content-type': 'text/plain' };
    await using subscriber = await testSubscriber((_request, response) => void response.writeHead(200, attributes).end('answer'));
    await using reply = await testSubscriber(refusing());
    await using sink = await testSubscriber();
    await using delivery = testDelivery({ subscriberUri: subscriber.url, replyUri: reply.url, delivery: { format: 'json', deadLetterUri: sink.url } });
    await delivery.deliver(anEventRecord());
    const [replied, letter] = [reply, sink].map(({ requests: [request] }) => ({ type: request?.headers['content-type'], event: JSON.parse(String(request?.body)) as unknown }));
    expect(replied).toMatchObject({ type: expect.stringMatching(/^application\/cloudevents\+json/), event: { id: 'reply', data: 'answer' } });
    expect(letter).toMatchObject({ type: expect.stringMatching(/^application\/cloudevents\+json/), event: { id: '1', data: 'data', knativeerrordest: reply.url, knativeerrorcode: '422' } });
  });
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { anEventRecord, testDelivery } from '../../test/support/delivery.ts';
import type { RawSubscriber } from '../../test/support/raw-subscriber.ts';
import { rawSubscriber } from '../../test/support/raw-subscriber.ts';

let subscriber: RawSubscriber;

/** Answers with the status that the path names. An interim status is followed by the end of the connection. */
beforeAll(async () => {
  subscriber = await rawSubscriber((path, socket) => {
    const status = Number(path.slice(1));
    const hasLength = status !== 204 && status !== 304 && status >= 200;
    socket.write(`HTTP/1.1 ${status} Any\r\n${hasLength ? 'Content-Length: 0\r\n' : ''}\r\n`);
    if (status < 200) socket.end();
  });
});
afterAll(async () => {
  await subscriber[Symbol.asyncDispose]();
});

function meaning(status: number): 'accepted' | 'retried' | 'failed' {
  if (status >= 200 && status < 300) return 'accepted';
  return status >= 500 || [404, 408, 409, 429].includes(status) ? 'retried' : 'failed';
}

const requestsMade = { accepted: 1, retried: 3, failed: 1 } as const;

/** What became of an event whose subscriber answers with this status, and of how many requests. */
async function endingOf(status: number): Promise<string> {
  await using delivery = testDelivery({ subscriberUri: `http://${subscriber.authority}/${status}`, delivery: { retry: 2 } });
  await delivery.deliver(anEventRecord());
  const ended = Object.keys({ ...(await delivery.counted('delivered')), ...(await delivery.counted('dropped')) });
  const requests = subscriber.requests.filter((line) => line.startsWith(`POST /${status} `)).length;
  const line = delivery.lines.at(-1);
  return [status, requests, ended, ...['msg', 'status', 'attempt', 'partition', 'offset', 'eventId', 'eventSource'].map((field) => line?.[field])].join(' ');
}

function endingWanted(status: number): string {
  const wanted = meaning(status);
  const ended = wanted === 'accepted' ? ['delivered_events_total', 'delivered'] : ['delivery_failed', 'dropped'];
  return [status, requestsMade[wanted], ...ended, status, requestsMade[wanted], 0, 7, '1', '/test'].join(' ');
}

describe('S-1: what an answer leads to', () => {
  test.each([100, 200, 300, 400, 500])('each status from %i on', async (first) => {
    const statuses = Array.from({ length: 100 }, (_, index) => first + index);
    expect(await Promise.all(statuses.map(endingOf))).toEqual(statuses.map(endingWanted));
  });

  test('a status that no standard knows is retried', async () => {
    await using delivery = testDelivery({ subscriberUri: `http://${subscriber.authority}/799`, delivery: { retry: 1 } });
    await delivery.deliver(anEventRecord());
    expect(await delivery.counted('delivery_attempts')).toEqual({ other: 2 });
  });

  test('an interim answer before the final one is nothing but a delay', async () => {
    await using early = await rawSubscriber((_path, socket) => socket.write('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
    await using delivery = testDelivery({ subscriberUri: `http://${early.authority}/`, delivery: { retry: 1 } });
    await delivery.deliver(anEventRecord());
    expect([await delivery.counted('delivered'), early.requests.length]).toEqual([{ delivered_events_total: 1 }, 1]);
  });

  test('an interim answer and then silence is no answer: retried', async () => {
    await using silent = await rawSubscriber((_path, socket) => socket.write('HTTP/1.1 102 Processing\r\n\r\n'));
    await using delivery = testDelivery({ subscriberUri: `http://${silent.authority}/`, delivery: { retry: 1, timeoutMs: 500 } });
    await delivery.deliver(anEventRecord());
    expect([await delivery.counted('delivery_attempts'), silent.requests.length]).toEqual([{ timeout: 2 }, 2]);
  });
});

const now = Date.now();
const year = 365 * 24 * 3600;
describe('F-20, S3: Retry-After', () => {
  test.each<{ name: string; headers: string; max?: number; want: number }>([
    { name: 'in seconds is waited', headers: 'Retry-After: 3', want: 3000 },
    { name: 'is capped by retryAfterMax', headers: 'Retry-After: 30', max: 5000, want: 5000 },
    { name: 'of a year is capped without retryAfterMax too', headers: `Retry-After: ${year}`, want: 600_000 },
    { name: 'of a date in a year is capped', headers: `Retry-After: ${new Date(now + year * 1000).toUTCString()}`, max: 7000, want: 7000 },
    { name: 'of a date that has passed waits as usual', headers: `Retry-After: ${new Date(now - 60_000).toUTCString()}`, want: 20 },
    { name: 'negative waits as usual', headers: 'Retry-After: -5', want: 20 },
    { name: 'garbage waits as usual', headers: 'Retry-After: soon', want: 20 },
    { name: 'too large for a number is capped', headers: `Retry-After: ${'9'.repeat(400)}`, max: 5000, want: 5000 },
    { name: 'empty waits as usual', headers: 'Retry-After:', want: 20 },
    { name: 'given twice counts once, the first', headers: 'Retry-After: 2\r\nRetry-After: 9', want: 2000 },
    { name: 'given twice, the first garbage, waits as usual', headers: 'Retry-After: soon\r\nRetry-After: 9', want: 20 },
    { name: 'is switched off by retryAfterMax PT0S', headers: 'Retry-After: 9', max: 0, want: 20 },
  ])('$name', async ({ headers, max, want }) => {
    await using busy = await rawSubscriber((_path, socket) => socket.write(`HTTP/1.1 429 Busy\r\n${headers}\r\nContent-Length: 0\r\n\r\n`));
    await using delivery = testDelivery({ subscriberUri: `http://${busy.authority}/`, delivery: { retry: 1, backoffDelayMs: 20, ...(max !== undefined && { retryAfterMaxMs: max }) } });
    await delivery.deliver(anEventRecord());
    expect(delivery.waits).toEqual([want]);
  });
});

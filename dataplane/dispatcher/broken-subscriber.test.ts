import { describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import type { Server } from 'node:https';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import type { TestDelivery } from '../../test/support/delivery.ts';
import { anEventRecord, testDelivery } from '../../test/support/delivery.ts';
import { rawSubscriber } from '../../test/support/raw-subscriber.ts';
import type { Identity } from '../../test/support/self-signed.ts';
import { expired, selfSigned, signedBy } from '../../test/support/self-signed.ts';
import { testSubscriber } from '../../test/support/subscriber.ts';

/** What must come of a subscriber that gives no proper answer: every attempt is made, none twice, then the event is given up. */
async function expectRetries(delivery: TestDelivery, outcome: string, error: RegExp): Promise<void> {
  await delivery.deliver(anEventRecord());
  expect([await delivery.counted('delivery_attempts'), await delivery.counted('dropped')]).toEqual([{ [outcome]: 3 }, { delivery_failed: 1 }]);
  expect(delivery.lines.at(-1)).toMatchObject({ msg: 'dropped', status: null, attempt: 3, error: expect.stringMatching(error) });
}

/** Writes for as long as the other side reads, and counts. */
function pour(socket: Socket, chunk: string): { written: number } {
  const poured = { written: 0 };
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk)) poured.written += chunk.length;
    poured.written += chunk.length;
    if (!socket.destroyed) socket.once('drain', more);
  };
  more();
  return poured;
}

const head = 'HTTP/1.1 200 OK\r\n';

describe('S1: a subscriber that breaks off', () => {
  test.each<{ name: string; answer: (path: string, socket: Socket) => void; error: RegExp }>([
    { name: 'closes without an answer', answer: (_path, socket) => socket.end(), error: /other side closed/ },
    { name: 'resets before it answers', answer: (_path, socket) => socket.resetAndDestroy(), error: /ECONNRESET|other side closed/ },
    { name: 'closes in the first line', answer: (_path, socket) => socket.end('HTTP/1.1 2'), error: /other side closed/ },
    { name: 'closes in the headers', answer: (_path, socket) => socket.end(`${head}Content-`), error: /other side closed/ },
    { name: 'resets in the headers', answer: (_path, socket) => socket.write(`${head}X: 1\r\n`, () => setTimeout(() => socket.resetAndDestroy(), 5)), error: /ECONNRESET|other side closed/ },
    { name: 'closes in the body', answer: (_path, socket) => socket.end(`${head}Content-Length: 10\r\n\r\nhalf`), error: /closed|terminated|mismatch/i },
    { name: 'resets in the body', answer: (_path, socket) => socket.write(`${head}Content-Length: 10\r\n\r\nhalf`, () => setTimeout(() => socket.resetAndDestroy(), 5)), error: /ECONNRESET|closed|terminated/ },
    { name: 'closes in a chunk', answer: (_path, socket) => socket.end(`${head}Transfer-Encoding: chunked\r\n\r\n5\r\nab`), error: /closed|terminated|chunk/i },
    { name: 'speaks another protocol', answer: (_path, socket) => socket.end('220 smtp.example ESMTP\r\n'), error: /Expected HTTP|parse|invalid/i },
    { name: 'gives two lengths', answer: (_path, socket) => socket.end(`${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`), error: /Content-Length/i },
    { name: 'gives a length that is no number', answer: (_path, socket) => socket.end(`${head}Content-Length: ten\r\n\r\nab`), error: /Content-Length/i },
    { name: 'gives a chunk of no size', answer: (_path, socket) => socket.end(`${head}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`), error: /chunk/i },
  ])('$name: each attempt is one request', async ({ answer, error }) => {
    await using subscriber = await rawSubscriber(answer);
    await using delivery = testDelivery({ subscriberUri: `http://${subscriber.authority}/`, delivery: { retry: 2 } });
    await expectRetries(delivery, 'connection', error);
    expect(subscriber.requests.length).toBe(3);
  });

  test('nobody listens', async () => {
    const gone = await rawSubscriber(() => undefined);
    await gone[Symbol.asyncDispose]();
    await using delivery = testDelivery({ subscriberUri: `http://${gone.authority}/`, delivery: { retry: 2 } });
    await expectRetries(delivery, 'connection', /ECONNREFUSED/);
  });

  test('its name is unknown', async () => {
    await using delivery = testDelivery({ subscriberUri: 'http://unknown.invalid/', delivery: { retry: 2 } });
    await expectRetries(delivery, 'connection', /ENOTFOUND|EAI_AGAIN/);
  });
});

describe('S2: a subscriber that takes its time, or far too much', () => {
  const timeoutMs = 500;
  const dripping = (text: string) => (_path: string, socket: Socket): void => {
    const drip = setInterval(() => socket.write(text), 20);
    socket.on('close', () => clearInterval(drip));
  };

  test.each<{ name: string; answer: (path: string, socket: Socket) => void }>([
    { name: 'never answers', answer: () => undefined },
    { name: 'sends its headers byte by byte', answer: (path, socket) => (socket.write(head), dripping('x')(path, socket)) },
    { name: 'sends its body byte by byte', answer: (path, socket) => (socket.write(`${head}Content-Length: 1000000\r\n\r\n`), dripping('x')(path, socket)) },
    { name: 'sends chunk after chunk', answer: (path, socket) => (socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`), dripping('1\r\nx\r\n')(path, socket)) },
    { name: 'sends interim answers for ever', answer: dripping('HTTP/1.1 102 Processing\r\n\r\n') },
  ])('$name: cut at one deadline for the whole exchange', async ({ answer }) => {
    await using subscriber = await rawSubscriber(answer);
    await using delivery = testDelivery({ subscriberUri: `http://${subscriber.authority}/`, delivery: { retry: 2, timeoutMs } });
    await expectRetries(delivery, 'timeout', /no answer within 500 ms/);
    expect([subscriber.requests.length, subscriber.connections.count]).toEqual([3, 3]);
    const durations = delivery.lines.map(({ durationMs }) => durationMs as number);
    expect(durations.filter((duration) => duration < timeoutMs - 5)).toEqual([]);
  });

  test('sends headers without end: given up after the first of them', async () => {
    const poured: { written: number }[] = [];
    await using subscriber = await rawSubscriber((_path, socket) => {
      socket.write(head);
      poured.push(pour(socket, `X-${'h'.repeat(1000)}: ${'v'.repeat(60_000)}\r\n`));
    });
    await using delivery = testDelivery({ subscriberUri: `http://${subscriber.authority}/`, delivery: { retry: 2, timeoutMs: 20_000 } });
    await expectRetries(delivery, 'connection', /header/i);
    expect(Math.max(...poured.map(({ written }) => written))).toBeLessThan(16 * 1024 * 1024);
  });

  test('sends a body without end: what is wanted of it is kept, the rest is not read', async () => {
    const poured: { written: number }[] = [];
    await using subscriber = await rawSubscriber((_path, socket) => {
      socket.write(`HTTP/1.1 422 No\r\nContent-Length: ${10 * 1024 ** 3}\r\n\r\n`);
      poured.push(pour(socket, 'x'.repeat(64 * 1024)));
    });
    await using sink = await rawSubscriber((_path, socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
    await using delivery = testDelivery({ subscriberUri: `http://${subscriber.authority}/`, delivery: { retry: 2, timeoutMs: 20_000, deadLetterUri: `http://${sink.authority}/` } });
    await delivery.deliver(anEventRecord());
    expect([await delivery.counted('dead_lettered'), subscriber.requests.length]).toEqual([{ dead_lettered_events_total: 1 }, 1]);
    expect(Math.max(...poured.map(({ written }) => written))).toBeLessThan(16 * 1024 * 1024);
  });

  test('S6: an attempt that hangs is cut at once when the subscription goes', async () => {
    await using subscriber = await rawSubscriber(() => undefined);
    await using delivery = testDelivery({ subscriberUri: `http://${subscriber.authority}/`, delivery: { timeoutMs: 600_000 } });
    const gone = new AbortController();
    const delivering = delivery.deliver(anEventRecord(), gone.signal);
    setTimeout(() => gone.abort(new Error('the partition was given up')), 50);
    await expect(delivering).rejects.toThrow('the partition was given up');
    expect(await delivery.counted('dropped')).toEqual({});
  });
});

describe('TLS to a subscriber', () => {
  async function secureSubscriber(identity: Identity = selfSigned('localhost')): Promise<{ server: Server; port: number; requests: { count: number } }> {
    const requests = { count: 0 };
    const server = createServer(identity, (_request, response) => {
      requests.count += 1;
      response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { server, port: (server.address() as AddressInfo).port, requests };
  }

  test('a certificate that nobody vouches for is not trusted: retried, the event is never sent', async () => {
    const { server, port, requests } = await secureSubscriber();
    await using delivery = testDelivery({ subscriberUri: `https://localhost:${port}/`, delivery: { retry: 2 } });
    await expectRetries(delivery, 'connection', /self-signed certificate/);
    expect(requests.count).toBe(0);
    server.close();
  });

  const authority = selfSigned('authority');
  test.each<{ name: string; identity: Identity; trusted?: string; error?: RegExp }>([
    { name: 'that has expired', identity: expired('localhost'), error: /certificate has expired/ },
    { name: 'for another name', identity: selfSigned('another.example'), error: /does not match certificate's altnames/ },
    { name: 'of an unknown authority', identity: signedBy(authority, 'localhost'), trusted: selfSigned('localhost').cert, error: /unable to verify the first certificate/ },
    { name: 'of an authority that is trusted', identity: signedBy(authority, 'localhost'), trusted: authority.cert },
  ])('S-1: a certificate $name: the event is retried and dead-lettered, and the log says why, unless the certificate is good', async ({ identity, trusted = identity.cert, error }) => {
    const before = getCACertificates('default');
    setDefaultCACertificates([...before, trusted]);
    const { server, port, requests } = await secureSubscriber(identity);
    try {
      await using sink = await testSubscriber();
      const subscriberUri = `https://localhost:${port}/`;
      await using delivery = testDelivery({ subscriberUri, delivery: { retry: 2, deadLetterUri: `${sink.url}/` } });
      await delivery.deliver(anEventRecord());
      const letter = sink.requests[0]?.headers;
      expect([requests.count, await delivery.counted('delivery_attempts'), sink.requests.length]).toEqual(error ? [0, { connection: 3, '2xx': 1 }, 1] : [1, { '2xx': 1 }, 0]);
      expect([letter?.['ce-knativeerrordest'], letter?.['ce-knativeerrorcode']]).toEqual([error && subscriberUri, undefined]);
      if (error) expect(delivery.lines.at(-1)).toMatchObject({ msg: 'dead-lettered', error: expect.stringMatching(error) });
    } finally {
      setDefaultCACertificates(before);
      server.closeAllConnections();
      server.close();
    }
  });

  test('https to a subscriber that speaks http', async () => {
    await using plain = await rawSubscriber(() => undefined);
    await using delivery = testDelivery({ subscriberUri: `https://${plain.authority}/`, delivery: { retry: 2, timeoutMs: 500 } });
    await expectRetries(delivery, 'timeout', /no answer within 500 ms/);
  });

  test('http to a subscriber that speaks https', async () => {
    const { server, port, requests } = await secureSubscriber();
    await using delivery = testDelivery({ subscriberUri: `http://localhost:${port}/`, delivery: { retry: 2 } });
    await expectRetries(delivery, 'connection', /./);
    expect(requests.count).toBe(0);
    server.close();
  });
});

import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { createServer as createNetServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import type { HttpClient, HttpRequest, Outcome } from './http-client.ts';
import { createHttpClient } from './http-client.ts';
import { NotBegun } from '../not-begun.ts';
import { loopbackGuard } from '../../../test/support/egress.ts';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function listening(server: Server | NetServer): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/events?a=b`;
}

function client(): HttpClient {
  const created = createHttpClient(loopbackGuard());
  closers.push(() => created.close());
  return created;
}

function posting(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { url, headers: ['ce-id', '1'], body: Buffer.from('data'), timeoutMs: 2000, bodyLimit: 10, keepsHeaders: true, permit: { isValid: true }, signal: new AbortController().signal, ...more };
}

async function answerOf(handler: RequestListener, more: Partial<HttpRequest> = {}): Promise<Outcome> {
  return await client().post(posting(await listening(createServer(handler)), more));
}

describe('post', () => {
  test('sends headers and bytes, and hands back status, headers and body', async () => {
    const outcome = await answerOf((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => response.writeHead(201, { 'X-Seen': `${request.method ?? ''} ${request.url ?? ''} ${String(request.headers['ce-id'])}` }).end(Buffer.concat(chunks)));
    });
    expect(outcome).toMatchObject({ kind: 'answered', status: 201, body: Buffer.from('data'), truncated: false });
    expect(outcome.kind === 'answered' && outcome.rawHeaders).toEqual(expect.arrayContaining(['X-Seen', 'POST /events?a=b 1']));
  });

  test('keeps as much of a body as is wanted', async () => {
    const outcome = await answerOf((_request, response) => response.end(Buffer.alloc(4_000_000, 'x')));
    expect(outcome).toMatchObject({ body: Buffer.alloc(10, 'x'), truncated: true });
  });

  test('P3, K8: sends nothing where it is not allowed any more when there is a connection at last', async () => {
    let requests = 0;
    const url = await listening(createServer((_request, response) => {
      requests += 1;
      response.end();
    }));
    const kept = client();
    const permit = { isValid: true };
    const late = kept.post(posting(url, { permit }));
    permit.isValid = false;
    await expect(late).rejects.toThrow(NotBegun);
    permit.isValid = true;
    expect([await kept.post(posting(url, { permit })), requests]).toEqual([expect.objectContaining({ status: 200 }), 1]);
    permit.isValid = false;
    await expect(kept.post(posting(url, { permit }))).rejects.toThrow(NotBegun);
    expect(requests).toBe(1);
  });

  test('does not follow a redirect', async () => {
    expect(await answerOf((_request, response) => response.writeHead(307, { location: '/elsewhere' }).end())).toMatchObject({ kind: 'answered', status: 307 });
  });

  test('reads Retry-After', async () => {
    expect(await answerOf((_request, response) => response.writeHead(503, { 'Retry-After': '3' }).end())).toMatchObject({ status: 503, retryAfterMs: 3000 });
  });

  test('F-21: gives up after the timeout, before the answer or in the middle of it', async () => {
    const never = await answerOf(() => undefined, { timeoutMs: 100 });
    expect(never).toEqual({ kind: 'unanswered', error: 'no answer within 100 ms', failure: 'timeout' });
    const half = await answerOf((_request, response) => void response.writeHead(200).write('half'), { timeoutMs: 100 });
    expect(half).toEqual({ kind: 'unanswered', error: 'no answer within 100 ms', failure: 'timeout' });
  });

  test('says that nobody listens', async () => {
    const url = await listening(createNetServer());
    await closers.pop()?.();
    expect(await client().post(posting(url))).toMatchObject({ kind: 'unanswered', error: expect.stringContaining('ECONNREFUSED'), failure: 'connection' });
  });

  test('does not hope for another attempt where the request cannot be made', async () => {
    expect(await client().post(posting('no address'))).toMatchObject({ kind: 'unanswered', failure: 'refused' });
    expect(await client().post(posting('http://127.0.0.1:1/', { headers: ['x', 'a\nb'] }))).toMatchObject({ kind: 'unanswered', failure: 'refused' });
  });

  test('rejects when abandoned', async () => {
    const stop = new AbortController();
    const outcome = answerOf(() => stop.abort(new Error('revoked')), { signal: stop.signal });
    await expect(outcome).rejects.toThrow('revoked');
  });

  test('makes a request again when a kept connection turns out to be closed', async () => {
    let requests = 0;
    const server = createNetServer((socket) => {
      let served = false;
      socket.on('error', () => undefined).on('data', () => {
        requests += 1;
        if (served) socket.end();
        else socket.write('HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n');
        served = true;
      });
    });
    const url = await listening(server);
    const kept = client();
    expect(await kept.post(posting(url))).toMatchObject({ status: 202 });
    await delay(20);
    expect(await kept.post(posting(url))).toMatchObject({ status: 202 });
    expect(requests).toBe(3);
  });
});

import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import { connect, createServer as createNetServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import type { AskForRoom, HttpClient, HttpRequest, Outcome } from './http-client.ts';
import { createHttpClient } from './http-client.ts';
import { NotBegun } from '../not-begun.ts';
import { loopbackGuard } from '../../../test/support/egress.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { heldBytes } from '../../../test/support/held-memory.ts';
import { selfSigned } from '../../../test/support/self-signed.ts';

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
  return { url, headers: ['ce-id', '1'], body: Buffer.from('data'), timeoutMs: 2000, bodyLimit: 10, permit: { isValid: true }, signal: new AbortController().signal, ...more };
}

const accepted = 'HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n';

interface RawAnswers {
  readonly url: string;
  requests: number;
  connections: number;
  open: number;
}

/** A server of raw answers, whose requests come in one piece; `onConnection`: which one it is on its connection. */
async function rawAnswers(answer: (socket: Socket, request: { onConnection: number }) => unknown): Promise<RawAnswers> {
  const counts = { url: '', requests: 0, connections: 0, open: 0 };
  const server = createNetServer((socket) => {
    let onConnection = 0;
    counts.connections += 1;
    counts.open += 1;
    socket.on('error', () => undefined).on('close', () => (counts.open -= 1));
    socket.on('data', () => {
      counts.requests += 1;
      onConnection += 1;
      answer(socket, { onConnection: counts.connections === 1 ? onConnection : Infinity });
    });
  });
  return Object.assign(counts, { url: await listening(server) });
}

async function answerOf(handler: RequestListener, more: Partial<HttpRequest> = {}): Promise<Outcome> {
  return await client().post(posting(await listening(createServer(handler)), more));
}

/** Where a server speaks TLS with a certificate that this process trusts. */
async function trustedServer(answer: RequestListener): Promise<string> {
  const identity = selfSigned('localhost');
  const server = createSecureServer(identity, answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  const trusted = getCACertificates('default');
  setDefaultCACertificates([...trusted, identity.cert]);
  closers.push(() => setDefaultCACertificates(trusted));
  return `https://localhost:${(server.address() as AddressInfo).port}/`;
}

/** This process does nothing else meanwhile, as one that is not given a core. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
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

  test('keeps the connection over which a request was not begun', async () => {
    const server = await rawAnswers((socket) => socket.write(accepted));
    const kept = client();
    await kept.post(posting(server.url));
    await expect(kept.post(posting(server.url, { permit: { isValid: false } }))).rejects.toThrow(NotBegun);
    await kept.post(posting(server.url));
    expect([server.requests, server.connections]).toEqual([2, 1]);
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

  test('does not send what is abandoned in the turn in which it was to be sent, and keeps its connection for others', async () => {
    const server = await rawAnswers((socket) => socket.write(accepted));
    const kept = client();
    await kept.post(posting(server.url));
    const given = new AbortController();
    const abandoned = kept.post(posting(server.url, { signal: given.signal }));
    given.abort(new Error('given up'));
    await expect(abandoned).rejects.toThrow('given up');
    expect(await kept.post(posting(server.url))).toMatchObject({ status: 202 });
    expect([server.requests, server.connections]).toEqual([2, 1]);
  });

  test('does not hang where the connection that it was to be sent over closes in the same turn', async () => {
    const server = await rawAnswers((socket) => socket.write(accepted));
    const kept = client();
    await kept.post(posting(server.url));
    const late = kept.post(posting(server.url));
    kept.close();
    expect(await late).toMatchObject({ kind: 'unanswered', error: 'the client is closed' });
  });

  test.each<{ name: string; close: (socket: Socket) => unknown }>([
    { name: 'closed', close: (socket) => socket.end() },
    { name: 'reset', close: (socket) => socket.resetAndDestroy() },
  ])('makes a request again, once, when a kept connection turns out to be $name', async ({ close }) => {
    const server = await rawAnswers((socket, { onConnection }) => (onConnection === 1 ? socket.write(accepted) : close(socket)));
    const kept = client();
    expect(await kept.post(posting(server.url))).toMatchObject({ status: 202 });
    expect(await kept.post(posting(server.url))).toMatchObject({ kind: 'unanswered', failure: 'connection' });
    expect(server.requests).toBe(3);
  });

  test('makes no request again where some of its answer has come', async () => {
    const server = await rawAnswers((socket, { onConnection }) => (onConnection === 1 ? socket.write(accepted) : socket.end('HTTP/1.1 2')));
    const kept = client();
    await kept.post(posting(server.url));
    expect(await kept.post(posting(server.url))).toMatchObject({ kind: 'unanswered', error: 'other side closed' });
    expect(server.requests).toBe(2);
  });

  test('takes an answer that came in time, though this process stood still until the time was over', async () => {
    const { url } = await rawAnswers((socket) => {
      socket.write(accepted);
      setImmediate(() => standStill(400));
    });
    expect(await client().post(posting(url, { timeoutMs: 200 }))).toMatchObject({ kind: 'answered', status: 202 });
  });

  test('says http where the scheme is, and trusts whom Node trusts: https', async () => {
    const url = await trustedServer((request, response) => void request.resume().on('end', () => response.writeHead(202, { 'Content-Length': 2 }).end('ok')));
    const kept = client();
    const body = Buffer.alloc(100_000, 'x');
    for (let i = 0; i < 3; i += 1) expect(await kept.post(posting(url, { body }))).toMatchObject({ status: 202, body: Buffer.from('ok') });
  });

  test('connects once, not for as long as there is time, where a TLS connection breaks as soon as it is there', async () => {
    const { port } = new URL(await trustedServer((_request, response) => response.end()));
    let connections = 0;
    const url = await listening(createNetServer((socket) => {
      connections += 1;
      const behind = connect(Number(port), '127.0.0.1').on('error', () => socket.destroy());
      socket.on('error', () => undefined).on('close', () => behind.destroy()).pipe(behind);
      behind.on('data', (bytes: Buffer) => socket.write(Buffer.concat([bytes, Buffer.from('no TLS')])));
    }));
    const outcome = await client().post(posting(url.replace('http://127.0.0.1', 'https://localhost')));
    expect(outcome).toMatchObject({ kind: 'unanswered', failure: 'connection', error: expect.stringMatching(/SSL/) });
    expect(connections).toBe(1);
  });

  test('sends each of many requests at once as it is, over plain connections and over TLS', async () => {
    const echo: RequestListener = (request, response) => void request.pipe(response);
    const kept = client();
    for (const url of [await listening(createServer(echo)), await trustedServer(echo)]) {
      const bodies = Array.from({ length: 200 }, (_, index) => Buffer.alloc(10_000 + index, String(index)));
      const outcomes = await Promise.all(bodies.map((body) => kept.post(posting(url, { body, bodyLimit: 20_000, timeoutMs: 20_000 }))));
      expect(outcomes.filter((outcome, index) => outcome.kind !== 'answered' || !outcome.body.equals(bodies[index] ?? Buffer.alloc(0)))).toEqual([]);
    }
  });
});

describe('a long reply', () => {
  const chunked = (body: Buffer): RequestListener => (_request, response) => void response.writeHead(200).end(body);
  const lengthGiven = (body: Buffer): RequestListener => (_request, response) => void response.writeHead(200, { 'Content-Length': body.length }).end(body);
  const limit = 4_000_000;

  const isWhole = (outcome: Outcome, body: Buffer): boolean => outcome.kind === 'answered' && !outcome.truncated && outcome.body.equals(body);

  /** Room that comes when it is told to, and what became of it. */
  class SlowRoom {
    readonly asked: number[] = [];
    kept: number | undefined;
    released = 0;
    #isGranted = false;
    #granted: (() => void) | undefined;

    readonly room: AskForRoom = (bytes, granted) => {
      const isGranted = (): boolean => this.#isGranted;
      this.asked.push(bytes);
      this.#isGranted = false;
      this.#granted = granted;
      return { get isGranted() { return isGranted(); }, shrinkTo: (kept) => (this.kept = kept), release: () => (this.released += 1) };
    };

    grant(): void {
      this.#isGranted = true;
      this.#granted?.();
    }
  }

  test.each([
    { name: 'with its length', listener: lengthGiven, wanted: 3_000_000 },
    { name: 'in chunks', listener: chunked, wanted: limit },
  ])('waits for room without being read, in time that does not count, and comes whole: $name', async ({ listener, wanted }) => {
    const body = Buffer.alloc(3_000_000, 'x');
    const url = await listening(createServer(listener(body)));
    const room = new SlowRoom();
    const kept = client();
    const outcome = kept.post(posting(url, { timeoutMs: 300, reply: { limit, room: room.room } }));
    await eventually('room is asked for', () => room.asked.length === 1);
    expect(await Promise.race([outcome, delay(600, 'not read')])).toBe('not read');
    room.grant();
    expect(isWhole(await outcome, body)).toBe(true);
    expect([room.asked, room.released]).toEqual([[wanted], 0]);
    expect(room.kept).toBeGreaterThanOrEqual(body.length);
    expect(await kept.post(posting(url))).toMatchObject({ kind: 'answered', status: 200 });
  });

  test('is read on at once where there is room', async () => {
    const body = Buffer.alloc(3_000_000, 'x');
    const room = new SlowRoom();
    const atOnce: AskForRoom = (bytes, granted) => {
      const mine = room.room(bytes, granted);
      room.grant();
      return mine;
    };
    expect(isWhole(await answerOf(chunked(body), { reply: { limit, room: atOnce } }), body)).toBe(true);
  });

  test('asks for nothing where it is short, or its answer does not accept: of that no more is kept than is wanted of any', async () => {
    const room = new SlowRoom();
    const short = Buffer.alloc(16_000, 'x');
    expect(await answerOf(chunked(short), { reply: { limit, room: room.room } })).toMatchObject({ body: short });
    const refusing = await answerOf((_request, response) => response.writeHead(500).end(Buffer.alloc(100_000, 'x')), { reply: { limit, room: room.room } });
    expect(refusing).toMatchObject({ status: 500, body: Buffer.alloc(10, 'x'), truncated: true });
    expect(room.asked).toEqual([]);
  });

  test('gives its place back when it is abandoned, and its room when it is cut at its deadline', async () => {
    const room = new SlowRoom();
    const stop = new AbortController();
    const waiting = answerOf(chunked(Buffer.alloc(3_000_000)), { signal: stop.signal, reply: { limit, room: room.room } });
    await eventually('room is asked for', () => room.asked.length === 1);
    stop.abort(new Error('revoked'));
    await expect(waiting).rejects.toThrow('revoked');
    expect(room.released).toBe(1);
    const half = answerOf((_request, response) => void response.writeHead(200).write(Buffer.alloc(1_000_000)), { timeoutMs: 500, reply: { limit, room: room.room } });
    await eventually('room is asked for', () => room.asked.length === 2);
    room.grant();
    expect(await half).toMatchObject({ failure: 'timeout' });
    expect(room.released).toBe(2);
  });

  test('waits for room over TLS as well', async () => {
    const body = Buffer.alloc(3_000_000, 'x');
    const room = new SlowRoom();
    const outcome = client().post(posting(await trustedServer(chunked(body)), { timeoutMs: 1000, reply: { limit, room: room.room } }));
    await eventually('room is asked for', () => room.asked.length === 1);
    expect(await Promise.race([outcome, delay(100, 'not read')])).toBe('not read');
    room.grant();
    expect(isWhole(await outcome, body)).toBe(true);
  });
});

describe('connections', () => {
  test.each<{ name: string; answer: string; connections: number }>([
    { name: 'are used again', answer: accepted, connections: 1 },
    { name: 'are used again after chunks', answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n', connections: 1 },
    { name: 'are not used again where the answer says so', answer: 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', connections: 3 },
    { name: 'are not used again where they will be closed any moment', answer: 'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 0\r\n\r\n', connections: 3 },
    { name: 'are not used again after more than an answer', answer: `${accepted}H`, connections: 3 },
    { name: 'are not used again where they might be read in two ways', answer: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', connections: 3 },
    { name: 'are not used again after 101', answer: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n', connections: 3 },
  ])('$name', async ({ answer, connections }) => {
    const server = await rawAnswers((socket) => socket.write(answer));
    const kept = client();
    for (let i = 0; i < 3; i += 1) expect(await kept.post(posting(server.url))).toMatchObject({ kind: 'answered' });
    expect([server.requests, server.connections]).toEqual([3, connections]);
  });

  test('are not used again where something came that nobody asked for', async () => {
    const server = await rawAnswers((socket) => socket.write(accepted, () => setTimeout(() => socket.write('HTTP/1.1 408 Request Timeout\r\n\r\n'), 10)));
    const kept = client();
    await kept.post(posting(server.url));
    await eventually('the connection is closed', () => server.open === 0);
    expect(await kept.post(posting(server.url))).toMatchObject({ status: 202 });
    expect(server.connections).toBe(2);
  });

  test('are not used again where the answer came before the request was through', async () => {
    const url = await listening(createNetServer((socket) => {
      closers.push(() => socket.destroy());
      socket.on('error', () => undefined).once('data', () => socket.pause().write('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n'));
    }));
    const kept = client();
    const body = Buffer.alloc(64 * 1024 * 1024);
    for (let i = 0; i < 2; i += 1) expect(await kept.post(posting(url, { body, timeoutMs: 20_000 }))).toMatchObject({ status: 413 });
  });

  test('are as many as requests under way, and closed when they were idle for as long as the other side keeps them', async () => {
    const server = await rawAnswers((socket) => setTimeout(() => socket.write('HTTP/1.1 200 OK\r\nKeep-Alive: timeout=2\r\nContent-Length: 0\r\n\r\n'), 50));
    const kept = client();
    await Promise.all(Array.from({ length: 5 }, () => kept.post(posting(server.url))));
    expect([server.connections, server.open]).toEqual([5, 5]);
    await eventually('all are closed', () => server.open === 0);
  });

  test('are given up where the other side says more than it was asked: the next request would take that for its answer', async () => {
    const server = await rawAnswers((socket, { onConnection }) => {
      socket.write('HTTP/1.1 202 Accepted\r\nKeep-Alive: timeout=600\r\nContent-Length: 0\r\n\r\n');
      if (onConnection === 1) setTimeout(() => socket.write('HTTP/1.1 500 Oops\r\n'), 50);
    });
    const kept = client();
    await kept.post(posting(server.url));
    await eventually('it is closed', () => server.open === 0);
    expect(await kept.post(posting(server.url))).toMatchObject({ status: 202 });
    expect(server.connections).toBe(2);
  });

  test('are closed with the client, also those that come about later', async () => {
    const server = await rawAnswers((socket) => socket.write(accepted));
    const kept = client();
    await kept.post(posting(server.url));
    const late = Promise.all([kept.post(posting(server.url)), kept.post(posting(server.url))]);
    kept.close();
    expect((await late).map(({ kind }) => kind)).toEqual(['unanswered', 'unanswered']);
    await eventually('all are closed', () => server.open === 0);
  });
});

test('S2: a body in chunks of a byte takes no more memory than another while it comes', async () => {
  const bytes = 500_000;
  const sent = Promise.withResolvers<Socket>();
  const { url } = await rawAnswers((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    socket.write('1\r\nx\r\n'.repeat(bytes), () => sent.resolve(socket));
  });
  const before = heldBytes();
  const answer = client().post(posting(url, { bodyLimit: 4_194_304, timeoutMs: 60_000 }));
  const socket = await sent.promise;
  const held = [before];
  await eventually('nothing more comes', () => held.push(heldBytes()) > 2 && (held.at(-1) ?? 0) <= (held.at(-2) ?? 0), 20_000);
  expect(Math.max(...held) - before).toBeLessThan(20 * bytes);
  socket.end('0\r\n\r\n');
  expect(await answer).toMatchObject({ status: 200, body: Buffer.alloc(bytes, 'x'), truncated: false });
}, 60_000);

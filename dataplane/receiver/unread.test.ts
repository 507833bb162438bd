import { afterEach, describe, expect, test } from '@jest/globals';
import type { RequestListener, ServerResponse } from 'node:http';
import { connect } from 'node:net';

import { eventually } from '../../test/support/eventually.ts';
import { serve } from '../../runtime/serve.ts';
import { answerUnread } from './unread.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const good = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx';

/** A server whose answers wait until they are let go, with a connection to it. */
async function waitingServer() {
  const waiting: ServerResponse[] = [];
  const counted: unknown[] = [];
  const stop = new AbortController();
  const listener: RequestListener = (request, response) => {
    request.resume();
    waiting.push(response);
  };
  const { server, port, closed } = await serve(listener, { port: 0, host: '127.0.0.1', signal: stop.signal });
  answerUnread(server, { rejected: (kind) => counted.push(kind), unread: (kind, status) => counted.push([kind, status]) });
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let ended = false;
  socket.setEncoding('latin1').on('data', (some: string) => (text += some)).on('error', () => undefined).on('close', () => (ended = true));
  stops.push(async () => {
    socket.destroy();
    stop.abort();
    server.closeAllConnections();
    await closed;
  });
  const answer = (index: number): void => void waiting[index]?.writeHead(202, { 'Content-Length': 0 }).end();
  return {
    send: (bytes: string) => socket.write(bytes, 'latin1'),
    arrived: (count: number) => eventually(`${count} requests have arrived`, () => waiting.length === count, 5000, () => waiting.length),
    answer,
    leave: () => {
      socket.destroy();
      return eventually('the server has seen it', () => waiting.every(({ destroyed }) => destroyed), 5000);
    },
    ended: () => eventually('the connection ends', () => ended, 5000, () => text),
    statuses: () => Array.from(text.matchAll(/HTTP\/1\.1 (\d+)/g), ([, code]) => Number(code)),
    text: () => text,
    counted,
  };
}

describe('answerUnread', () => {
  test('R11.3: requests that have come whole get their answers first, in order, then comes the 400, with its reason, and the end', async () => {
    const server = await waitingServer();
    server.send(`${good}${good}garbage\r\n\r\n`);
    await server.arrived(2);
    server.send('more of it');
    server.answer(1);
    server.answer(0);
    await server.ended();
    expect(server.statuses()).toEqual([202, 202, 400]);
    expect(server.text()).toMatch(/Connection: close\r\nContent-Type: text\/plain; charset=utf-8\r\nContent-Length: (\d+)\r\n\r\nnot HTTP\/1\.1: [\w ]+\n$/);
    expect(server.counted).toEqual([['malformed', 400]]);
  });

  test('a request that breaks off in its own body is answered 400, after those before it', async () => {
    const server = await waitingServer();
    server.send(`${good}POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\nzz\r\n`);
    await server.arrived(2);
    server.answer(0);
    await server.ended();
    expect(server.statuses()).toEqual([202, 400]);
  });

  test.each([
    { name: 'a head that is too large', bytes: `GET / HTTP/1.1\r\na: ${'b'.repeat(40_000)}\r\n\r\n`, status: 431, reason: 'the head is larger than 32768 bytes or 512 lines' },
    { name: 'chunk extensions that are too large', bytes: `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;${'a'.repeat(20_000)}\r\n`, status: 413, reason: 'the extensions of a chunk are too large' },
  ])('says why it refuses $name', async ({ bytes, status, reason }) => {
    const server = await waitingServer();
    server.send(bytes);
    await server.ended();
    expect(server.statuses()).toEqual([status]);
    expect(server.text()).toContain(`\r\n\r\n${reason}\n`);
  });

  test('a sender that goes away while its requests wait gets nothing, and is not counted', async () => {
    const server = await waitingServer();
    server.send(`${good}garbage\r\n\r\n`);
    await server.arrived(1);
    await server.leave();
    server.answer(0);
    await server.ended();
    expect([server.statuses(), server.counted]).toEqual([[], []]);
  });
});

import { afterEach, describe, expect, test } from '@jest/globals';
import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';

import { eventually } from '../../test/support/eventually.ts';
import { serve } from '../../runtime/serve.ts';
import { ReadingTurns, requestsATurn } from './reading-turns.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const flood = 'POST /flood HTTP/1.1\r\nHost:\r\n\r\n';
const honest = 'POST /honest HTTP/1.1\r\nHost:\r\nContent-Length: 4\r\n\r\n';
/** So many of the flood's requests are in one read at the most. */
const requestsARead = Math.ceil(65_536 / flood.length);

interface Connection {
  readonly socket: Socket;
  readonly answers: () => number;
}

/** A server that answers each request when its body is whole, with connections to it; what it remembers of a request that is no flood is how much of the flood it had read before. */
async function server() {
  const turns = new ReadingTurns();
  const stop = new AbortController();
  const seen = { flood: 0, before: [] as number[] };
  const listener: RequestListener = (request, response) => {
    if (!response.socket) turns.behind(request.socket);
    if (request.url === '/flood') seen.flood += 1;
    else seen.before.push(seen.flood);
    request.on('end', () => response.writeHead(202, { 'Content-Length': 0 }).end()).resume();
  };
  const { server: http, port, closed } = await serve(listener, { port: 0, host: '127.0.0.1', signal: stop.signal });
  turns.follow(http);
  const sockets: Socket[] = [];
  stops.push(async () => {
    for (const socket of sockets) socket.destroy();
    stop.abort();
    http.closeAllConnections();
    await closed;
  });
  const open = (): Connection => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    sockets.push(socket);
    let text = '';
    let answers = 0;
    socket.setEncoding('latin1').on('error', () => undefined).on('data', (some: string) => {
      const parts = (text + some).split('HTTP/1.1 202');
      answers += parts.length - 1;
      text = (parts.at(-1) ?? '').slice(-12);
    });
    return { socket, answers: () => answers };
  };
  /** A connection that has had so many answers. */
  const known = async (requests: number): Promise<Connection> => {
    const connection = open();
    for (let sent = 1; sent <= requests; sent += 1) {
      connection.socket.write(`${honest}data`);
      await eventually('it is answered', () => connection.answers() === sent);
    }
    return connection;
  };
  return { seen, open, known };
}

describe('ReadingTurns', () => {
  test('R11.5: while many connections send thousands of requests in one go, one that sends now and then is read within a turn; all of them are answered', async () => {
    const { seen, open, known } = await server();
    const sender = await known(2);
    const floods = Array.from({ length: 20 }, open);
    await eventually('they are connected', () => floods.every(({ socket }) => !socket.connecting));
    for (const { socket } of floods) socket.write(flood.repeat(requestsARead));
    sender.socket.write(`${honest}data`);
    await eventually('it is answered', () => sender.answers() === 3);
    expect(seen.before.at(-1)).toBeLessThan(requestsATurn + 2 * requestsARead);
    await eventually('the flood is answered', () => floods.every(({ answers }) => answers() === requestsARead), 30_000, () => floods.map(({ answers }) => answers()));
    sender.socket.write(`${honest}data`);
    await eventually('all is as before', () => sender.answers() === 4);
  }, 60_000);

  test('R11.5: those that have filled a turn come last, however many answers they have had', async () => {
    const { seen, open, known } = await server();
    const floods = Array.from({ length: 10 }, open);
    for (const { socket } of floods) socket.write(flood.repeat(requestsARead));
    await eventually('the first flood is answered', () => floods.every(({ answers }) => answers() === requestsARead), 30_000, () => floods.map(({ answers }) => answers()));
    const sender = await known(1);
    for (const { socket } of floods) socket.write(flood.repeat(requestsARead));
    sender.socket.write(`${honest}data`);
    await eventually('it is answered', () => sender.answers() === 2);
    expect((seen.before.at(-1) ?? 0) - 10 * requestsARead).toBeLessThan(requestsATurn + 2 * requestsARead);
    await eventually('the second flood is answered', () => floods.every(({ answers }) => answers() === 2 * requestsARead), 30_000);
  }, 60_000);

  test('a body that comes in pieces during a flood, behind another request too, is read to its end', async () => {
    const { open, known } = await server();
    const [sender, pipelining] = [await known(1), open()];
    sender.socket.write(`${honest}da`);
    pipelining.socket.write(`${flood.repeat(requestsATurn)}${honest}da`);
    const floods = Array.from({ length: 5 }, open);
    for (const { socket } of floods) socket.write(flood.repeat(requestsARead));
    for (const { socket } of [sender, pipelining]) socket.write('ta');
    await eventually('all are answered', () => sender.answers() === 2 && pipelining.answers() === requestsATurn + 1 && floods.every(({ answers }) => answers() === requestsARead), 30_000);
  }, 60_000);

  test('connections that end during a flood leave nothing behind that hinders the others', async () => {
    const { seen, open, known } = await server();
    const floods = Array.from({ length: 5 }, open);
    for (const { socket } of floods) socket.write(flood.repeat(requestsARead));
    await eventually('the flood is being read', () => seen.flood > 0);
    for (const { socket } of floods) socket.destroy();
    const sender = await known(3);
    expect(sender.answers()).toBe(3);
  }, 30_000);
});

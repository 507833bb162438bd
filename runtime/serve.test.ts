import { describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';

import { selfSigned } from '../test/support/self-signed.ts';
import { serve } from './serve.ts';

describe('serve', () => {
  test('answers a request under way after the signal, then closes', async () => {
    const stop = new AbortController();
    const serving = await serve((_request, response) => void delay(100).then(() => response.end('late')), { port: 0, signal: stop.signal });
    const answer = fetch(`http://127.0.0.1:${serving.port}/`);
    await delay(30);
    stop.abort();
    expect(await (await answer).text()).toBe('late');
    await serving.closed;
    await expect(fetch(`http://127.0.0.1:${serving.port}/`)).rejects.toThrow();
  });

  test('while draining, takes requests and closes each connection with its answer', async () => {
    const stop = new AbortController();
    const serving = await serve((_request, response) => void response.writeHead(200, ['Content-Length', '0']).end(), { port: 0, signal: stop.signal, drainMs: 1500 });
    const url = `http://127.0.0.1:${serving.port}/`;
    expect((await fetch(url)).headers.get('connection')).toBe('keep-alive');
    stop.abort();
    for (let i = 0; i < 2; i += 1) expect((await fetch(url)).headers.get('connection')).toBe('close');
    await serving.closed;
    await expect(fetch(url)).rejects.toThrow();
  });

  test('no connection is lost when 1,500 come before one is taken', async () => {
    const stop = new AbortController();
    const serving = await serve((_request, response) => void response.end(), { port: 0, signal: stop.signal });
    let connected = 0;
    const senders = Array.from({ length: 1500 }, () => connect(serving.port, '127.0.0.1').on('connect', () => (connected += 1)));
    // One that the kernel has dropped connects after a second at the earliest: no turn of the loop helps it.
    for (let turn = 0; turn < 50 && connected < senders.length; turn += 1) await nextTurn();
    senders.forEach((sender) => sender.destroy());
    stop.abort();
    await serving.closed;
    expect(connected).toBe(senders.length);
  });

  test.each([{ over: 'HTTP' }, { over: 'HTTPS', certificate: selfSigned('localhost') }])('over $over: is not kept from closing for long by a connection on which nothing ever came', async ({ certificate }) => {
    const stop = new AbortController();
    const { port, closed } = await serve((_request, response) => response.end(), { port: 0, host: '127.0.0.1', signal: stop.signal, ...(certificate && { certificate }) });
    const silent = connect(port, '127.0.0.1').on('error', () => undefined);
    try {
      await once(silent, 'connect');
      stop.abort();
      expect(await Promise.race([closed.then(() => 'closed'), delay(25_000, 'open', { ref: false })])).toBe('closed');
    } finally {
      silent.destroy();
      await closed;
    }
  }, 40_000);

  test('fails when the port is taken', async () => {
    const stop = new AbortController();
    const first = await serve((_request, response) => void response.end(), { port: 0, signal: stop.signal });
    await expect(serve((_request, response) => void response.end(), { port: first.port, signal: stop.signal })).rejects.toThrow(`port ${first.port} cannot be had (EADDRINUSE): end what listens there, or set another`);
    stop.abort();
    await first.closed;
  });
});

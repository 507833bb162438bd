import { afterEach, describe, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';

import { eventually } from '../../test/support/eventually.ts';
import { serve } from '../../runtime/serve.ts';
import { ByteBudget } from './byte-budget.ts';
import { bytesOfAnswer, WaitingAnswers } from './waiting-answers.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const slow = 'POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n';
const quick = slow.replace('slow', 'quick');

/** A server that answers at once, but what is slow when it is let go, over room for three answers; with a connection to it. */
async function server() {
  const budget = new ByteBudget(3 * bytesOfAnswer);
  const waiting = new WaitingAnswers(budget);
  const gate = Promise.withResolvers<undefined>();
  const stop = new AbortController();
  const finish = (response: ServerResponse): void => {
    response.writeHead(202, { 'Content-Length': 0 }).end();
    waiting.add(response);
  };
  const { server, port, closed } = await serve((request, response) => {
    if (request.url === '/slow') void gate.promise.then(() => finish(response));
    else finish(response);
  }, { port: 0, host: '127.0.0.1', signal: stop.signal });
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1').on('data', (some: string) => (text += some)).on('error', () => undefined);
  stops.push(async () => {
    socket.destroy();
    stop.abort();
    server.closeAllConnections();
    await closed;
  });
  return { budget, socket, letGo: () => gate.resolve(undefined), answers: () => text.split('HTTP/1.1 202').length - 1 };
}

describe('WaitingAnswers', () => {
  test('R11.5: an answer that waits for an earlier one is paid for until it is sent', async () => {
    const { budget, socket, letGo, answers } = await server();
    socket.write(slow + quick.repeat(3));
    await eventually('three answers are paid for', () => budget.used === 3 * bytesOfAnswer, 5000, () => budget.used);
    letGo();
    await eventually('all are sent', () => answers() === 4, 5000, answers);
    await eventually('nothing is paid for', () => budget.used === 0, 5000, () => budget.used);
    socket.write(quick);
    await eventually('another answer comes, which costs nothing', () => answers() === 5 && budget.used === 0, 5000);
  });

  test('R11.5: what waits on a connection that ends is given back, once', async () => {
    const { budget, socket, letGo } = await server();
    socket.write(slow + quick.repeat(2));
    await eventually('two answers are paid for', () => budget.used === 2 * bytesOfAnswer, 5000, () => budget.used);
    socket.destroy();
    await eventually('they are given back', () => budget.used === 0, 5000, () => budget.used);
    letGo();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(budget.used).toBe(0);
  });

  test('R11.5: a connection for whose answers there is no room ends, and holds nothing', async () => {
    const { budget, socket, answers } = await server();
    socket.write(slow + quick.repeat(4));
    await eventually('the connection ends', () => socket.closed, 5000);
    expect([answers(), budget.used]).toEqual([0, 0]);
  });
});

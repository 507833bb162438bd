import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { request as nodeRequest } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { createServer } from 'node:net';

import { loopbackGuard } from '../../../test/support/egress.ts';
import { seeded } from '../../../test/support/random.ts';
import { createHttpClient } from './http-client.ts';

const random = seeded(14);
const runs = 1500;
let answer = Buffer.alloc(0);
let server: Server;

/** Answers every request with the same bytes, in two pieces, and closes. */
beforeAll(async () => {
  server = createServer((socket) => {
    socket.on('error', () => undefined).once('data', () => {
      const cut = Math.floor(answer.length / 2);
      socket.write(answer.subarray(0, cut), () => socket.end(answer.subarray(cut)));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

function oneOf<T>(...choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)] as T;
}

function anAnswer(): string {
  const body = 'b'.repeat(Math.floor(random() * 30));
  const interim = oneOf('', '', 'HTTP/1.1 102 Processing\r\n\r\n', 'HTTP/1.1 103 Early\r\nLink: x\r\n\r\n');
  const status = oneOf(200, 202, 204, 304, 404, 429, 500, 503);
  const start = `${interim}HTTP/1.${oneOf(0, 1, 1)} ${status} ${oneOf('Some Reason', '')}\r\n${oneOf('', 'Date: now\r\n', 'Connection: close\r\n', 'Connection: keep-alive\r\n', 'X:\r\n')}`;
  if (status === 204 || status === 304) return `${start}\r\n`;
  const chunks = [body.slice(0, 7), body.slice(7)].filter((chunk) => chunk !== '').map((chunk) => `${chunk.length.toString(16)}${oneOf('', ';a=b')}\r\n${chunk}\r\n`).join('');
  return start + oneOf(`Content-Length: ${body.length}\r\n\r\n${body}`, `\r\n${body}`, `Transfer-Encoding: chunked\r\n\r\n${chunks}0\r\n${oneOf('', 'T: x\r\n')}\r\n`);
}

/** Changed in up to two places. */
function mutated(text: string): string {
  let mutant = text;
  for (let left = Math.floor(random() * 3); left > 0; left -= 1) {
    const at = Math.floor(random() * mutant.length);
    mutant = mutant.slice(0, at) + oneOf('', '\r', '\n', '\r\n', ' ', ':', '0', '9', 'x', '\0', ',', 'chunked', 'Content-Length: 3\r\n') + mutant.slice(at + oneOf(0, 1));
  }
  return mutant;
}

/** As Node's own client reads it; undefined where that finds no whole answer. */
async function readByNode(url: string): Promise<string | undefined> {
  const request = nodeRequest(url, { method: 'POST', agent: false }).end('data');
  return await new Promise((resolve) => {
    request.on('error', () => resolve(undefined)).on('response', (response) => {
      let body = '';
      response.setEncoding('latin1').on('data', (text: string) => (body += text)).on('error', () => resolve(undefined)).on('end', () => resolve(response.complete ? `${response.statusCode ?? 0} ${body}` : undefined));
    });
  });
}

/** What Node forgives, and RFC 9112 does not. */
const forgiven = /\0|(^|\r\n\r\n)[\r\n]+HTTP|HTTP\S+ 0/;

test('S1: generated answers, whole and broken ones, are read as Node reads them; in doubt there is no answer', async () => {
  const client = createHttpClient(loopbackGuard());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  let readByBoth = 0;
  for (let run = 0; run < runs; run += 1) {
    const original = anAnswer();
    const text = mutated(original);
    answer = Buffer.from(text, 'latin1');
    const outcome = await client.post({ url, headers: [], body: Buffer.from('data'), timeoutMs: 5000, bodyLimit: 1000, permit: { isValid: true }, signal: new AbortController().signal });
    const ours = outcome.kind === 'answered' && outcome.status >= 200 ? `${outcome.status} ${outcome.body.toString('latin1')}` : undefined;
    const nodes = await readByNode(url);
    if (text === original || (ours !== undefined && nodes !== undefined)) expect([text, ours]).toEqual([text, nodes]);
    if (ours === undefined && nodes !== undefined) expect(text).toMatch(forgiven);
    if (nodes !== undefined && ours === nodes) readByBoth += 1;
  }
  client.close();
  expect(readByBoth).toBeGreaterThan(runs / 3);
}, 60_000);

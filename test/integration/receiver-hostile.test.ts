import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';

import { topicName } from '../../contract/names.ts';
import { eventually } from '../support/eventually.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import type { WitnessedRecord } from '../support/kafkajs.ts';
import { allRecordsOf, createTopic } from '../support/kafkajs.ts';
import { openFiles, rssBytes } from '../support/process-memory.ts';
import { seeded } from '../support/random.ts';
import { rawHttp } from '../support/raw-http.ts';
import type { TestReceiver } from '../support/receiver.ts';
import { eventHeaders, readyReceiver } from '../support/receiver.ts';

/** `HOSTILE_REQUESTS` asks for more. */
const total = Number(process.env['HOSTILE_REQUESTS'] ?? 50_000);
const atOnce = 200;
/** So that what is kept shows, rather than how far Node lets its heap grow. */
const smallHeap = '--max-old-space-size=128 --max-semi-space-size=8';

let kafka: TestKafka;
let receiver: TestReceiver;
let port: number;

beforeAll(async () => {
  kafka = await testKafka();
  await createTopic(kafka.bootstrap, topicName({ namespace: 'shop', name: 'orders' }), 2);
  receiver = await readyReceiver({ 'bootstrap.servers': kafka.bootstrap }, { LOG_LEVEL: 'info', NODE_OPTIONS: smallHeap });
  port = Number(new URL(receiver.url).port);
}, 90_000);
afterAll(async () => {
  await receiver.stop();
  await kafka.stop();
});

const event = Object.entries(eventHeaders()).map(([name, value]) => `${name}: ${value}`);

/** A request of these lines, with the headers of an event and a body. */
function request(line: string, headers: readonly string[], body = ''): string {
  return [line, ...headers, ...event, '', body].join('\r\n');
}

const post = 'POST /shop/orders HTTP/1.1';
const host = 'Host: x';
const chunked = 'Transfer-Encoding: chunked';

describe('hostile requests', () => {
  test.each<[name: string, bytes: string, want: readonly number[]]>([
    ['a length and chunks', request(post, [host, 'Content-Length: 1', chunked], '0\r\n\r\n'), [400]],
    ['chunks and a length', request(post, [host, chunked, 'Content-Length: 1'], '0\r\n\r\n'), [400]],
    ['two lengths', request(post, [host, 'Content-Length: 1', 'Content-Length: 2'], 'xx'), [400]],
    ['a list of lengths', request(post, [host, 'Content-Length: 2, 2'], 'xx'), [400]],
    ['a length with a sign', request(post, [host, 'Content-Length: +2'], 'xx'), [400]],
    ['a hexadecimal length', request(post, [host, 'Content-Length: 0x2'], 'xx'), [400]],
    ['a negative length', request(post, [host, 'Content-Length: -1']), [400]],
    ['a length of 2^64', request(post, [host, 'Content-Length: 18446744073709551616'], 'xx'), [400]],
    ['an unknown transfer', request(post, [host, 'Transfer-Encoding: xchunked'], '0\r\n\r\n'), [501]],
    ['chunked, identity', request(post, [host, 'Transfer-Encoding: chunked, identity'], '0\r\n\r\n'), [400]],
    ['chunked twice', request(post, [host, chunked, chunked], '0\r\n\r\n'), [400]],
    ['a space before the colon', request(post, [host, 'Content-Length : 0']), [400]],
    ['a folded header', request(post, [host, 'a: b\r\n c', 'Content-Length: 0']), [400]],
    ['bare LF', request(post, [host, 'a: b\nc: d', 'Content-Length: 0']), [400]],
    ['bare CR', request(post, [host, 'a: b\rc: d', 'Content-Length: 0']), [400]],
    ['NUL in a header', request(post, [host, 'a: b\0c', 'Content-Length: 0']), [400]],
    ...['\x01', '\x08', '\x1f', '\x7f'].map((byte): [string, string, number[]] => [`control byte ${byte.charCodeAt(0)} in a header`, request(post, [host, `a: b${byte}c`, 'Content-Length: 0']), [400]]),
    ['control bytes in an attribute', request(post, [host, 'ce-x: a\x02', 'Content-Length: 0']), [400]],
    ['trailers that repeat the length', request(post, [host, chunked], '1\r\nx\r\n0\r\nContent-Length: 1\r\n\r\n'), [400]],
    ['a negative chunk', request(post, [host, chunked], '-1\r\nx\r\n0\r\n\r\n'), [400]],
    ['a huge chunk', request(post, [host, chunked], 'fffffffffffffffff\r\n'), [400]],
    ['chunks ended by LF', request(post, [host, chunked], '1\nx\n0\n\n'), [400]],
    ['a chunk extension of 20 kB', request(post, [host, chunked], `1;${'a'.repeat(20_000)}\r\nx\r\n0\r\n\r\n`), [413]],
    ['HTTP/1.2', request('POST /shop/orders HTTP/1.2', [host, 'Content-Length: 0']), [400]],
    ['HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]],
    ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', [400]],
    ['a method in lower case', request('post /shop/orders HTTP/1.1', [host, 'Content-Length: 0']), [400]],
    ['UTF-8 in the path', request('POST /shop/\xc3\xa4 HTTP/1.1', [host, 'Content-Length: 0']), [400]],
    ['bytes after the body', request(post, [host, 'Content-Length: 1'], 'xgarbage\r\n\r\n'), [202, 400]],
    ['a header of 40 kB', request(post, [host, `a: ${'b'.repeat(40_000)}`, 'Content-Length: 0']), [431]],
    ['an address of 40 kB', request(`POST /${'a'.repeat(40_000)} HTTP/1.1`, [host, 'Content-Length: 0']), [431]],
    ['600 headers', request(post, [host, 'Content-Length: 0', ...Array.from({ length: 600 }, (_none, i) => `a${i}: b`)]), [431]],
    ['two Host headers', request(post, [host, 'Host: y', 'Content-Length: 0']), [400]],
    ['no Host in HTTP/1.1', request(post, ['Content-Length: 0']), [400]],
    ['no Host in HTTP/1.0', request('POST /shop/orders HTTP/1.0', ['Content-Length: 0']), [400]],
    ['a line of HTTP/0.9', 'POST /shop/orders\r\n\r\n', [400]],
    ['an absolute address of another host', request('POST http://evil.example/a/b HTTP/1.1', ['Host: orders-kn-channel.shop', 'Content-Length: 0']), [404]],
    ['an absolute address of the channel', request('POST http://orders-kn-channel.shop/ HTTP/1.1', ['Host: evil.example', 'Content-Length: 0']), [202]],
    ['gzip, chunked', request(post, [host, 'Transfer-Encoding: gzip, chunked'], '0\r\n\r\n'), [501]],
    ['dots in the path', request('POST /../shop/orders HTTP/1.1', [host, 'Content-Length: 0']), [404]],
    ['%00 in the path', request('POST /shop/orders%00 HTTP/1.1', [host, 'Content-Length: 0']), [404]],
    ['%2f in the path', request('POST /shop%2forders HTTP/1.1', [host, 'Content-Length: 0']), [404]],
    ['__proto__', request(post, [host, '__proto__: x', 'ce-__proto__: x', 'Content-Length: 0']), [400]],
    ['__proto__, which is no attribute', request(post, [host, '__proto__: x', 'constructor: y', 'Content-Length: 0']), [202]],
    ['names of what every object has', request(post, [host, 'ce-constructor: x', 'ce-tostring: y', 'hasOwnProperty: z', 'Content-Length: 0']), [202]],
    ['an upgrade', request(post, [host, 'Connection: Upgrade', 'Upgrade: websocket', 'Content-Length: 0']), [202]],
    ['an upgrade to HTTP/2', request(post, [host, 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA', 'Content-Length: 0']), [202]],
    ['CONNECT', request('CONNECT x:1 HTTP/1.1', [host]), []],
    ['an unknown expectation', request(post, [host, 'Expect: banana', 'Content-Length: 0']), [417]],
    ['an expectation of a body that is too large', request(post, [host, 'Expect: 100-continue', 'Content-Length: 1048577']), [413]],
    ['an expectation of an unknown channel', request('POST /shop/none HTTP/1.1', [host, 'Expect: 100-continue', 'Content-Length: 1']), [404]],
    ['a chunk extension of 1 kB', request(post, [host, chunked], `1;${'a'.repeat(1000)}\r\nx\r\n0\r\n\r\n`), [202]],
    ['an empty line before the request', `\r\n${request(post, [host, 'Content-Length: 0'])}`, [202]],
    ['three pipelined requests', request(post, [host, 'Content-Length: 1'], 'x').repeat(2) + request('POST /shop/none HTTP/1.1', [host, 'Content-Length: 0']), [202, 202, 404]],
  ])('%s', async (_name, bytes, want) => {
    const { statuses, closed } = await rawHttp(port, [bytes], { limitMs: 8000, answers: want.length || Infinity });
    expect(statuses).toEqual(want);
    if (want.length === 0) expect(closed).toBe(true);
  }, 15_000);

  test('DP-20: what is no HTTP, or has too large a head, is counted by reason, and as an answer', async () => {
    const metrics = await receiver.metrics();
    for (const [reason, code] of [['malformed', 400], ['head_too_large', 431], ['too_large', 413], ['bad_request', 400], ['transfer_encoding', 501]] as const) {
      expect(metrics).toMatch(new RegExp(`rejected_events_total\\{reason="${reason}"\\} [1-9]`));
      expect(metrics).toMatch(new RegExp(`requests_total\\{namespace="[^"]*",channel="[^"]*",code="${code}"\\} [1-9]`));
    }
  });

  test('R11.4: bodies of 50 MB, announced or in chunks: the sender reads the 413 each time, the connection ends, and none of it is kept', async () => {
    const before = await rssBytes(receiver.pid);
    const body = Buffer.alloc(8_000_000);
    const pieces = [request(post, [host, 'Content-Length: 50000000']), request(post, [host, chunked], '2faf080\r\n')];
    for (let i = 0; i < 20; i += 1) {
      const outcome = await rawHttp(port, [pieces[i % 2] ?? '', body], { limitMs: 10_000 });
      expect([i, outcome.statuses, outcome.closed]).toEqual([i, [413], true]);
    }
    expect(await receiver.metrics()).toContain('kafkachannel_receiver_queue_bytes 0');
    expect(await rssBytes(receiver.pid) - before).toBeLessThan(48 * 1_048_576);
  }, 120_000);

  test('silent, slow and half-sent requests end in time, and cost no honest sender an event', async () => {
    const slow = [
      ...Array.from({ length: 50 }, () => rawHttp(port, [], { limitMs: 20_000 })),
      ...Array.from({ length: 50 }, () => rawHttp(port, [post, '\r\n', ...Array.from({ length: 60 }, (_none, i) => `a${i}: b\r\n`)], { limitMs: 20_000, pauseMs: 400 })),
      ...Array.from({ length: 50 }, () => rawHttp(port, [request(post, [host, 'Content-Length: 1000'], 'x')], { limitMs: 45_000 })),
      ...Array.from({ length: 20 }, () => rawHttp(port, [request(post, [host, 'Content-Length: 1000']), ...Array.from({ length: 220 }, () => 'x')], { limitMs: 45_000, pauseMs: 200 })),
    ];
    let taken = 0;
    for (const end = Date.now() + 5000; Date.now() < end; taken += 1) expect((await receiver.post('/shop/orders')).status).toBe(202);
    expect(taken).toBeGreaterThan(10);
    const outcomes = await Promise.all(slow);
    expect(outcomes.every(({ closed }) => closed)).toBe(true);
    expect(new Set(outcomes.flatMap(({ statuses }) => statuses))).toEqual(new Set([408]));
    expect(await receiver.metrics()).toMatch(/reason="timeout"\} 1[0-9]{2}\n/);
  }, 60_000);

  test('R11.3: a request that is whole and waits for Kafka has its answer before the bytes after it are refused', async () => {
    await kafka.pause();
    const answers = rawHttp(port, [request(post, [host, 'Content-Length: 1'], 'xgarbage\r\n\r\n')], { limitMs: 8000 });
    await delay(500);
    await kafka.resume();
    expect(await answers).toMatchObject({ statuses: [202, 400], closed: true });
  }, 15_000);

  test(`${total} generated requests: no crash, no answer of 5xx, nothing stored that was refused, and memory stays`, async () => {
    const random = seeded(20_261_122);
    const statuses = new Map<number, number>();
    const refused = new Set<string>();
    const one = async (): Promise<void> => {
      const { ids, bytes } = hostileRequest(random);
      const outcome = await rawHttp(port, [bytes], { limitMs: 5000, endMs: 150 });
      for (const status of outcome.statuses) statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (outcome.statuses.length > 0 && outcome.statuses.every((status) => status >= 400)) ids.forEach((id) => refused.add(id));
    };
    const rssMiB: number[] = [];
    for (let sent = 0; sent < total; sent += total / 10) {
      for (let round = 0; round < total / 10 / atOnce; round += 1) await Promise.all(Array.from({ length: atOnce }, one));
      rssMiB.push(Math.round(await rssBytes(receiver.pid) / 1_048_576));
    }
    process.stderr.write(`${JSON.stringify({ generated: total, statuses: Object.fromEntries(statuses), rssMiB })}\n`);
    expect([...statuses.keys()].filter((status) => status >= 500 && status !== 501)).toEqual([]);
    for (const status of [202, 400, 404, 413]) expect([status, statuses.get(status)]).toEqual([status, expect.any(Number)]);
    expect((await receiver.post('/shop/orders')).status).toBe(202);
    expect(await receiver.metrics()).toContain('kafkachannel_receiver_queue_bytes 0');
    expect(receiver.output()).not.toMatch(/"level":"(error|fatal)"/);
    expect(Math.max(...rssMiB) - (rssMiB[4] ?? 0)).toBeLessThan(32);
    await eventually('its connections are closed', async () => (await openFiles(receiver.pid)) < 100, 20_000);

    const stored = await allRecordsOf(kafka.bootstrap, topicName({ namespace: 'shop', name: 'orders' }));
    expect(stored.length).toBeGreaterThanOrEqual(statuses.get(202) ?? 0);
    expect(stored.flatMap(idsIn).filter((id) => refused.has(id))).toEqual([]);
    expect(refused.size).toBeGreaterThan(total / 10);
    const binary = stored.filter(({ headers }) => !/^\s*application\/cloudevents/i.test(headers['content-type'] ?? ''));
    expect(binary.filter(({ headers }) => headers['ce_specversion'] !== '1.0' || !headers['ce_id'] || !headers['ce_source'] || !headers['ce_type'])).toEqual([]);
    expect(stored.flatMap(({ headers }) => Object.keys(headers)).filter((name) => !/^(ce_[a-z0-9]+|content-type)$/.test(name))).toEqual([]);
  }, 900_000);
});

interface HostileRequest {
  /** Of the events in it, before they were spoilt. */
  readonly ids: readonly string[];
  readonly bytes: string;
}

function idsIn({ headers, value }: WitnessedRecord): string[] {
  return [headers['ce_id'] ?? '', ...Array.from(String(value).matchAll(/"id":"([^"]*)"/g), ([, id]) => id ?? '')];
}

/** A good request with a few of its bytes cut out and others put in, or with an odd attribute. */
function hostileRequest(random: () => number): HostileRequest {
  const { ids, lines, body } = goodRequest(random);
  const declared = random() < 0.02 ? 99_999_999 : body.length;
  const length = random() < 0.2 ? chunked : `Content-Length: ${declared}`;
  const odd = random() < 0.2 ? [`ce-${random() < 0.5 ? 'x' : 'X-y'}: ${String.fromCharCode(33 + random() * 220).repeat(3)}`] : [];
  const path = random() < 0.05 ? '/shop/none' : '/shop/orders';
  const good = [`POST ${path} HTTP/1.1`, host, 'Connection: close', length, ...lines, ...odd, '', length === chunked ? inChunks(body, random) : body].join('\r\n');
  return { ids, bytes: odd.length > 0 ? good : mutated(good, random) };
}

function goodRequest(random: () => number): { ids: readonly string[]; lines: readonly string[]; body: string } {
  const ids = [crypto.randomUUID(), crypto.randomUUID()];
  const documents = ids.map((id) => JSON.stringify({ specversion: '1.0', id, source: '/s', type: 't', data: { x: 'x'.repeat(random() * 20) } }));
  const mode = random();
  if (mode < 0.2) return { ids, lines: ['Content-Type: application/cloudevents-batch+json'], body: `[${documents.join()}]` };
  if (mode < 0.4) return { ids: ids.slice(0, 1), lines: ['Content-Type: application/cloudevents+json'], body: documents[0] ?? '' };
  return { ids: ids.slice(0, 1), lines: Object.entries(eventHeaders(ids[0])).map(([name, value]) => `${name}: ${value}`), body: 'x'.repeat(random() * 20) };
}

function inChunks(body: string, random: () => number): string {
  const first = body.slice(0, Math.floor(random() * body.length));
  return [first, body.slice(first.length), ''].filter((chunk, index) => chunk !== '' || index === 2).map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');
}

function mutated(good: string, random: () => number): string {
  const at = Math.floor(random() * good.length);
  const noise = Array.from({ length: Math.floor(random() * 6) }, () => String.fromCharCode(random() * 256)).join('');
  return good.slice(0, at) + noise + good.slice(at + Math.floor(random() * 6));
}

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { topicName } from '../../contract/names.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import { allRecordsOf, createTopic } from '../support/kafkajs.ts';
import { seeded } from '../support/random.ts';
import { rawHttp } from '../support/raw-http.ts';
import type { TestReceiver } from '../support/receiver.ts';
import { eventHeaders, readyReceiver } from '../support/receiver.ts';

let kafka: TestKafka;
let receiver: TestReceiver;
let port: number;

beforeAll(async () => {
  kafka = await testKafka();
  await createTopic(kafka.bootstrap, topicName({ namespace: 'shop', name: 'orders' }), 2);
  receiver = await readyReceiver({ 'bootstrap.servers': kafka.bootstrap }, { LOG_LEVEL: 'info' });
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
    ['a negative chunk', request(post, [host, chunked], '-1\r\nx\r\n0\r\n\r\n'), [400]],
    ['a huge chunk', request(post, [host, chunked], 'fffffffffffffffff\r\n'), [400]],
    ['chunks ended by LF', request(post, [host, chunked], '1\nx\n0\n\n'), [400]],
    ['a chunk extension of 20 kB', request(post, [host, chunked], `1;${'a'.repeat(20_000)}\r\nx\r\n0\r\n\r\n`), [413]],
    ['HTTP/1.2', request('POST /shop/orders HTTP/1.2', [host, 'Content-Length: 0']), [400]],
    ['HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]],
    ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', [400]],
    ['a method in lower case', request('post /shop/orders HTTP/1.1', [host, 'Content-Length: 0']), [400]],
    ['UTF-8 in the path', request('POST /shop/\xc3\xa4 HTTP/1.1', [host, 'Content-Length: 0']), [400]],
    ['bytes after the body', request(post, [host, 'Content-Length: 1'], 'xgarbage\r\n\r\n'), [400]],
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
    ['an upgrade', request(post, [host, 'Connection: Upgrade', 'Upgrade: websocket', 'Content-Length: 0']), [202]],
    ['CONNECT', request('CONNECT x:1 HTTP/1.1', [host]), []],
    ['an unknown expectation', request(post, [host, 'Expect: banana', 'Content-Length: 0']), [417]],
    ['an expectation of a body that is too large', request(post, [host, 'Expect: 100-continue', 'Content-Length: 1048577']), [413]],
    ['an expectation of an unknown channel', request('POST /shop/none HTTP/1.1', [host, 'Expect: 100-continue', 'Content-Length: 1']), [404]],
    ['a chunk extension of 1 kB', request(post, [host, chunked], `1;${'a'.repeat(1000)}\r\nx\r\n0\r\n\r\n`), [202]],
    ['an empty line before the request', `\r\n${request(post, [host, 'Content-Length: 0'])}`, [202]],
    ['three pipelined requests', request(post, [host, 'Content-Length: 1'], 'x').repeat(2) + request('POST /shop/none HTTP/1.1', [host, 'Content-Length: 0']), [202, 202, 404]],
  ])('%s', async (_name, bytes, want) => {
    const { statuses } = await rawHttp(port, [bytes], { limitMs: 8000, answers: want.length || Infinity });
    expect(statuses).toEqual(want);
  }, 15_000);

  test('DP-20: what is no HTTP, or has too large a head, is counted by reason, and as an answer', async () => {
    const metrics = await receiver.metrics();
    for (const [reason, code] of [['malformed', 400], ['head_too_large', 431], ['too_large', 413], ['bad_request', 400], ['transfer_encoding', 501]] as const) {
      expect(metrics).toMatch(new RegExp(`rejected_events_total\\{reason="${reason}"\\} [1-9]`));
      expect(metrics).toMatch(new RegExp(`requests_total\\{namespace="[^"]*",channel="[^"]*",code="${code}"\\} [1-9]`));
    }
  });

  test('a body of 50 MB that is refused: the sender reads the 413, and the connection ends', async () => {
    const { statuses, closed } = await rawHttp(port, [request(post, [host, 'Content-Length: 50000000']), Buffer.alloc(8_000_000)], { limitMs: 10_000 });
    expect(statuses).toEqual([413]);
    expect(closed).toBe(true);
  }, 15_000);

  test('silent, slow and half-sent requests end in time, and cost no honest sender an event', async () => {
    const slow = [
      ...Array.from({ length: 50 }, () => rawHttp(port, [], { limitMs: 20_000 })),
      ...Array.from({ length: 50 }, () => rawHttp(port, [post, '\r\n', ...Array.from({ length: 60 }, (_none, i) => `a${i}: b\r\n`)], { limitMs: 20_000, pauseMs: 400 })),
      ...Array.from({ length: 50 }, () => rawHttp(port, [request(post, [host, 'Content-Length: 1000'], 'x')], { limitMs: 45_000 })),
    ];
    let taken = 0;
    for (const end = Date.now() + 5000; Date.now() < end; taken += 1) expect((await receiver.post('/shop/orders')).status).toBe(202);
    expect(taken).toBeGreaterThan(10);
    const outcomes = await Promise.all(slow);
    expect(outcomes.every(({ closed }) => closed)).toBe(true);
    expect(new Set(outcomes.flatMap(({ statuses }) => statuses))).toEqual(new Set([408]));
    expect(await receiver.metrics()).toMatch(/reason="timeout"\} 1[0-9]{2}\n/);
  }, 60_000);

  test('generated requests, many thousands: no crash, and no answer of 5xx', async () => {
    const random = seeded(20_261_122);
    const statuses = new Map<number, number>();
    const one = async (): Promise<void> => {
      for (const status of (await rawHttp(port, [hostileRequest(random)], { limitMs: 500 })).statuses) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    };
    for (let round = 0; round < rounds; round += 1) await Promise.all(Array.from({ length: atOnce }, one));
    expect([...statuses.keys()].filter((status) => status >= 500 && status !== 501)).toEqual([]);
    expect(statuses.get(202)).toBeGreaterThan(100);
    expect(statuses.get(400)).toBeGreaterThan(100);
    expect((await receiver.post('/shop/orders')).status).toBe(202);
    expect(await receiver.metrics()).toContain('kafkachannel_receiver_queue_bytes 0');
    expect(receiver.output()).not.toMatch(/"level":"(error|fatal)"/);
    const stored = await allRecordsOf(kafka.bootstrap, topicName({ namespace: 'shop', name: 'orders' }));
    expect(stored.length).toBeGreaterThanOrEqual(statuses.get(202) ?? 0);
    expect(stored.filter(({ headers }) => headers['ce_specversion'] !== '1.0' || !headers['ce_id'] || !headers['ce_source'] || !headers['ce_type'])).toEqual([]);
    expect(stored.flatMap(({ headers }) => Object.keys(headers)).filter((name) => !/^(ce_[a-z0-9]+|content-type)$/.test(name))).toEqual([]);
  }, 900_000);
});

/** `HOSTILE_REQUESTS` asks for more: 100,000 take some minutes. */
const atOnce = 200;
const rounds = Number(process.env['HOSTILE_REQUESTS'] ?? 4000) / atOnce;

/** A good request with a few of its bytes cut out and others put in, or with an odd attribute. */
function hostileRequest(random: () => number): string {
  const body = 'x'.repeat(Math.floor(random() * 20));
  const length = [host, 'Connection: close', random() < 0.2 ? chunked : `Content-Length: ${body.length}`];
  if (random() < 0.3) return request(post, [...length, `ce-${random() < 0.5 ? 'x' : 'X-y'}: ${String.fromCharCode(33 + random() * 220).repeat(3)}`], body);
  const good = request(post, length, body);
  const at = Math.floor(random() * good.length);
  const noise = Array.from({ length: Math.floor(random() * 6) }, () => String.fromCharCode(random() * 256)).join('');
  return good.slice(0, at) + noise + good.slice(at + Math.floor(random() * 6));
}

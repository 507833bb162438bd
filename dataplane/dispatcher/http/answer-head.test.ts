import { describe, expect, test } from '@jest/globals';

import { MalformedAnswer, parseAnswerHead } from './answer-head.ts';

const head = (...lines: string[]): string => lines.join('\r\n');

describe('parseAnswerHead', () => {
  test('takes headers as they come, without the space around them', () => {
    expect(parseAnswerHead(head('HTTP/1.1 200 OK', 'X-One: \t a b \t', 'x-one:2', 'Empty:', 'Latin: \xe9'))).toEqual({
      status: 200, rawHeaders: ['X-One', 'a b', 'x-one', '2', 'Empty', '', 'Latin', '\xe9'], framing: 'close', length: 0, keepAlive: false, keepAliveMs: undefined,
    });
  });

  test.each<[string, string, string[], { framing: string; length?: number; keepAlive: boolean }]>([
    ['a length', 'HTTP/1.1 200 OK', ['Content-Length: 12'], { framing: 'length', length: 12, keepAlive: true }],
    ['the same length twice', 'HTTP/1.1 200 OK', ['Content-Length: 12', 'content-length: 12'], { framing: 'length', length: 12, keepAlive: true }],
    ['the same length twice in one line', 'HTTP/1.1 200 OK', ['Content-Length: 12, 12'], { framing: 'length', length: 12, keepAlive: true }],
    ['chunks', 'HTTP/1.1 200 OK', ['Transfer-Encoding: Chunked'], { framing: 'chunked', keepAlive: true }],
    ['compressed chunks', 'HTTP/1.1 200 OK', ['Transfer-Encoding: gzip', 'Transfer-Encoding: chunked'], { framing: 'chunked', keepAlive: true }],
    ['a coding without chunks', 'HTTP/1.1 200 OK', ['Transfer-Encoding: chunked, gzip'], { framing: 'close', keepAlive: false }],
    ['chunks and a length: the chunks, and no other request', 'HTTP/1.1 200 OK', ['Content-Length: 3', 'Transfer-Encoding: chunked'], { framing: 'chunked', keepAlive: false }],
    ['chunks in 1.0: no other request', 'HTTP/1.0 200 OK', ['Connection: keep-alive', 'Transfer-Encoding: chunked'], { framing: 'chunked', keepAlive: false }],
    ['neither', 'HTTP/1.1 200 OK', [], { framing: 'close', keepAlive: false }],
    ['204, whatever it says', 'HTTP/1.1 204 No Content', ['Content-Length: 12'], { framing: 'none', keepAlive: true }],
    ['304, whatever it says', 'HTTP/1.1 304 Not Modified', ['Transfer-Encoding: chunked'], { framing: 'none', keepAlive: true }],
    ['an interim answer', 'HTTP/1.1 103 Early Hints', [], { framing: 'none', keepAlive: true }],
    ['a change of protocol', 'HTTP/1.1 101 Switching Protocols', ['Upgrade: x'], { framing: 'none', keepAlive: false }],
    ['a connection that will close', 'HTTP/1.1 200 OK', ['Connection: X, Close', 'Content-Length: 0'], { framing: 'length', length: 0, keepAlive: false }],
    ['1.0', 'HTTP/1.0 200 OK', ['Content-Length: 0'], { framing: 'length', length: 0, keepAlive: false }],
    ['1.0 that stays', 'HTTP/1.0 200', ['Connection: Keep-Alive', 'Content-Length: 0'], { framing: 'length', length: 0, keepAlive: true }],
  ])('body and connection: %s', (_name, first, headers, want) => {
    expect(parseAnswerHead(head(first, ...headers))).toMatchObject({ length: 0, ...want });
  });

  test.each([['timeout=5', 5000], ['timeout=2, max=100', 2000], ['max=100, timeout=7', 7000], ['max=100', undefined], ['timeout=soon', undefined]])('Keep-Alive: %s', (hint, keepAliveMs) => {
    expect(parseAnswerHead(head('HTTP/1.1 200 OK', `Keep-Alive: ${hint}`)).keepAliveMs).toBe(keepAliveMs);
  });

  test.each([
    'HTTP/2 200 OK', 'HTTP/1.1 099 OK', 'HTTP/1.1 20 OK', 'HTTP/1.1 2000 OK', 'http/1.1 200 OK', 'HTTP/1.1  200 OK', 'ICY 200 OK', 'HTTP/1.1 200 O\0K', ' HTTP/1.1 200 OK', '',
    head('HTTP/1.1 200 OK', 'no colon'), head('HTTP/1.1 200 OK', 'a b: c'), head('HTTP/1.1 200 OK', 'a : c'), head('HTTP/1.1 200 OK', ': c'), head('HTTP/1.1 200 OK', 'a: b', ' folded'),
    head('HTTP/1.1 200 OK', 'a: b\nc: d'), head('HTTP/1.1 200 OK', 'a: b\rc'), head('HTTP/1.1 200 OK', 'a: \x7f'),
    head('HTTP/1.1 200 OK', 'Content-Length: -1'), head('HTTP/1.1 200 OK', 'Content-Length: 1e3'), head('HTTP/1.1 200 OK', 'Content-Length:'), head('HTTP/1.1 200 OK', 'Content-Length: 1, 2'),
    head('HTTP/1.1 200 OK', 'Content-Length: 1', 'Content-Length: 2'), head('HTTP/1.1 200 OK', `Content-Length: ${'9'.repeat(16)}`), head('HTTP/1.1 204 No', 'Content-Length: x'),
  ])('%j is refused', (text) => {
    expect(() => parseAnswerHead(text)).toThrow(MalformedAnswer);
  });
});

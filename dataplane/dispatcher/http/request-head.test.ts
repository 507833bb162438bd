import { describe, expect, test } from '@jest/globals';

import { InvalidHeader, requestHead, requestStart } from './request-head.ts';

const start = requestStart('subscriber.example:8080', '/a?b=c');

describe('requestHead', () => {
  test('is what goes over the wire', () => {
    expect(requestHead(start, ['ce-id', '1', 'Content-Type', 'text/plain; a="\xe9"', 'empty', ''], 12)).toBe(
      'POST /a?b=c HTTP/1.1\r\nhost: subscriber.example:8080\r\nconnection: keep-alive\r\nce-id: 1\r\nContent-Type: text/plain; a="\xe9"\r\nempty: \r\ncontent-length: 12\r\n\r\n',
    );
  });

  test.each([['x', 'a\nb'], ['x', 'a\rb'], ['x', 'a\0b'], ['x', '\x7f'], ['x', 'ł'], ['a b', 'c'], ['a:', 'c'], ['', 'c'], ['a\r\nb', 'c'], ['\xe9', 'c']])('S5: %j: %j is refused', (name, value) => {
    expect(() => requestHead(start, ['good', 'g', name, value], 0)).toThrow(InvalidHeader);
  });
});

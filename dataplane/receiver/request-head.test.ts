import { describe, expect, test } from '@jest/globals';

import { requestHead } from './request-head.ts';

describe('requestHead', () => {
  test('reads what it needs, in any case, whatever else there is', () => {
    expect(requestHead(['ce-id', '1', 'HOST', 'a', 'content-Length', '12', 'Expect', '100-continue', 'Transfer-Encoding', 'Chunked', '__proto__', 'x'], 12)).toEqual({ host: 'a', length: 12, isChunked: true, expectsContinue: true, isBatch: false, bytes: 79 });
    expect(requestHead(['Host', 'a'], 1)).toEqual({ host: 'a', length: 0, isChunked: false, expectsContinue: false, isBatch: false, bytes: 5 });
    expect(requestHead(['Host', 'a', 'Content-Type', 'Application/CloudEvents-Batch+json; charset=utf-8'], 1)).toMatchObject({ isBatch: true });
  });

  test('R11.5: each of many lines costs more than its characters', () => {
    const lines = Array.from({ length: 500 }, (_none, i) => [`ce-x${i}`, '']).flat();
    expect(requestHead(['Host', 'a', ...lines], 1).bytes).toBeGreaterThan(500 * 200);
  });

  test.each([
    { name: 'no Host', lines: ['Accept', 'x'], kind: 'bad_request' },
    { name: 'two Host headers', lines: ['Host', 'a', 'host', 'b'], kind: 'bad_request' },
    { name: 'two Host headers that agree', lines: ['Host', 'a', 'host', 'a'], kind: 'bad_request' },
    { name: 'a coded transfer', lines: ['Host', 'a', 'Transfer-Encoding', 'gzip, chunked'], kind: 'transfer_encoding' },
    { name: 'a coded transfer in two lines', lines: ['Host', 'a', 'Transfer-Encoding', 'gzip', 'Transfer-Encoding', 'chunked'], kind: 'transfer_encoding' },
    { name: 'an expectation that nobody meets', lines: ['Host', 'a', 'Expect', 'banana'], kind: 'expectation' },
    { name: 'a coded body', lines: ['Host', 'a', 'Content-Encoding', 'gzip'], kind: 'encoding' },
    { name: 'a length over the limit', lines: ['Host', 'a', 'Content-Length', '13'], kind: 'too_large' },
  ])('refuses $name', ({ lines, kind }) => expect(() => requestHead(lines, 12)).toThrow(expect.objectContaining({ kind })));
});

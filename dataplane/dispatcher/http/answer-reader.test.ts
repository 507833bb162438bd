import { describe, expect, test } from '@jest/globals';

import { MalformedAnswer } from './answer-head.ts';
import { AnswerReader } from './answer-reader.ts';

/** What becomes of bytes that come in these pieces: everything that was told, and how it ended. */
function readIn(pieces: readonly string[]): { told: string[]; body: string } {
  const told: string[] = [];
  let body = '';
  const reader = new AnswerReader({ onHead: ({ status }) => void told.push(String(status)), onData: (bytes) => void (body += bytes.toString('latin1')) });
  try {
    for (const piece of pieces) {
      const progress = reader.read(Buffer.from(piece, 'latin1'));
      if (progress !== 'partial') told.push(progress);
    }
  } catch (error) {
    if (!(error instanceof MalformedAnswer)) throw error;
    told.push(error.message);
  }
  return { told, body };
}

const answers: Record<string, { text: string; told: string[]; body: string }> = {
  'no body': { text: 'HTTP/1.1 204 No Content\r\n\r\n', told: ['204', 'complete'], body: '' },
  'an empty body': { text: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', told: ['200', 'complete'], body: '' },
  'a body': { text: 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n\r\n\r\nab', told: ['200', 'complete'], body: '\r\n\r\nab' },
  chunks: { text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na\r\n\r\nA;x="y"\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n', told: ['200', 'complete'], body: 'a\r\n0123456789' },
  'interim answers first': { text: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 1\r\n\r\nx', told: ['100', '103', '202', 'complete'], body: 'x' },
  'another protocol at last': { text: 'HTTP/1.1 101 Switching\r\n\r\n', told: ['101', 'complete'], body: '' },
};

describe('AnswerReader', () => {
  test.each(Object.entries(answers))('%s, in one piece, in two, byte by byte', (_name, { text, ...want }) => {
    expect(readIn([text])).toEqual(want);
    expect(readIn(Array.from(text))).toEqual(want);
    for (let at = 1; at < text.length; at += 1) expect(readIn([text.slice(0, at), text.slice(at)])).toEqual(want);
  });

  test.each(Object.entries(answers))('%s, and more than belongs to it', (_name, { text, told, body }) => {
    expect(readIn([`${text}H`])).toEqual({ told: [...told.slice(0, -1), 'surplus'], body });
  });

  test('one answer after the other, the same and others', () => {
    const texts = ['a body', 'a body', 'chunks', 'no body', 'a body'].map((name) => answers[name]?.text ?? '');
    expect(readIn(texts).told).toEqual(['200', 'complete', '200', 'complete', '200', 'complete', '204', 'complete', '200', 'complete']);
  });

  test('a body that ends with the connection', () => {
    const seen: string[] = [];
    const reader = new AnswerReader({ onHead: () => undefined, onData: (bytes) => void seen.push(String(bytes)) });
    expect([reader.end(), reader.read(Buffer.from('HTTP/1.1 200 OK\r\n\r\nab')), reader.read(Buffer.from('c')), reader.end(), seen]).toEqual([false, 'partial', 'partial', true, ['ab', 'c']]);
  });

  test.each([
    ['another protocol, at its first byte', ['2', '20 smtp\r\n'], /^invalid first line: "2"$/],
    ['TLS', ['\x15\x03\x01'], /^invalid first line/],
    ['a head without end', ['HTTP/1.1 200 OK\r\n', `X: ${'x'.repeat(40_000)}`], /^headers of more than 32768 bytes$/],
    ['a head too long with its end', [`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`], /^headers of more than 32768 bytes$/],
    ['chunks longer than they say', ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n'], /^a chunk is longer than its size/],
    ['chunks with bare line feeds', ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\na\n0\n\n'], /^invalid end of a line/],
    ['chunks of a negative size', ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n'], /^invalid size of a chunk/],
    ['an extension without end', ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;', 'x'.repeat(40_000)], /^lines between chunks/],
    ['trailers without end', ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n', 'X: y\r\n'.repeat(8000)], /^lines between chunks/],
  ])('%s is refused', (_name, pieces, message) => {
    expect(readIn(pieces).told.at(-1)).toMatch(message);
  });
});

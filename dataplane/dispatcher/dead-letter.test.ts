import { describe, expect, test } from '@jest/globals';

import { deadLetterExtensions, deadLetterPolicy, failureText } from './dead-letter.ts';
import type { Outcome } from './http/http-client.ts';
import { judge } from './retry.ts';

function answered(status: number, body = ''): Outcome {
  return { kind: 'answered', status, rawHeaders: [], body: Buffer.from(body), truncated: false };
}
const unreachable: Outcome = { kind: 'unanswered', error: 'connect ECONNREFUSED', failure: 'connection' };
const url = 'http://subscriber/';

describe('deadLetterExtensions', () => {
  test('F-11: code and address, no data where the answer had none', () => expect(deadLetterExtensions(url, answered(422))).toEqual({ knativeerrordest: url, knativeerrorcode: '422' }));

  test('F-12: data as Base64, no more than the first 1,024 bytes', () => {
    expect(deadLetterExtensions(url, answered(500, 'why'))['knativeerrordata']).toBe(Buffer.from('why').toString('base64'));
    expect(Buffer.from(deadLetterExtensions(url, answered(500, 'x'.repeat(2000)))['knativeerrordata'] ?? '', 'base64').length).toBe(1024);
  });

  test('F-10: only the address where there was no answer', () => expect(deadLetterExtensions(url, unreachable)).toEqual({ knativeerrordest: url }));
});

describe('deadLetterPolicy', () => {
  const spec = { retry: 0, backoffPolicy: 'exponential', backoffDelayMs: 0, timeoutMs: 1, format: 'binary' } as const;

  test('S-7: waits for a sink without end, and never long between two attempts', () => {
    expect(judge(unreachable, 1, deadLetterPolicy(spec), 0)).toEqual({ kind: 'retry', inMs: 200 });
    expect(judge(unreachable, 100_000, deadLetterPolicy({ ...spec, backoffDelayMs: 600_000 }), 0)).toEqual({ kind: 'retry', inMs: 30_000 });
  });

  test('takes a refusal for an answer', () => expect(judge(answered(400), 1, deadLetterPolicy(spec), 0)).toEqual({ kind: 'failed' }));
});

describe('failureText', () => {
  test('says what happened where', () => {
    expect([failureText(url, answered(503)), failureText(url, unreachable)]).toEqual(['http://subscriber/: answered 503', 'http://subscriber/: connect ECONNREFUSED']);
  });
});

import { describe, expect, test } from '@jest/globals';

import type { Outcome } from './http/http-client.ts';
import { replyOf } from './reply.ts';

const eventHeaders = ['ce-specversion', '1.0', 'ce-id', 'r', 'ce-source', '/s', 'ce-type', 't', 'Content-Type', 'text/plain'];

function answer(status: number, rawHeaders: string[], body = '', truncated = false): Outcome {
  return { kind: 'answered', status, rawHeaders, body: Buffer.from(body), truncated };
}

describe('replyOf', () => {
  test('finds a binary and a structured event, and headers that travel with it', () => {
    expect(replyOf(answer(200, [...eventHeaders, 'traceparent', '00-a-b-01'], 'body'))).toMatchObject({ event: { mode: 'binary', data: Buffer.from('body') }, passThrough: [['traceparent', '00-a-b-01']] });
    const document = '{"specversion":"1.0","id":"r","source":"/s","type":"t"}';
    expect(replyOf(answer(201, ['Content-Type', 'application/cloudevents+json'], document))).toMatchObject({ event: { mode: 'structured', data: Buffer.from(document) } });
  });

  test.each<{ name: string; given: Outcome }>([
    { name: 'S-1: in 202, whatever it holds', given: answer(202, eventHeaders, 'body') },
    { name: 'in an empty answer', given: answer(200, []) },
    { name: 'in half an event', given: answer(200, ['ce-id', '1'], '') },
    { name: 'where nobody answered', given: { kind: 'unanswered', error: 'x', failure: 'connection' } },
  ])('finds nothing $name', ({ given }) => expect(replyOf(given)).toBe('none'));

  test('tells a body that is no event from none', () => expect(replyOf(answer(200, ['Content-Type', 'application/json'], '{"ok":true}'))).toBe('no event'));

  test('says when there is more than is taken', () => expect(replyOf(answer(200, eventHeaders, 'half', true))).toBe('too large'));
});

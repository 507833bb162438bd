import { describe, expect, jest, test } from '@jest/globals';

import { seeded } from '../../test/support/random.ts';
import { encodeHeaderValue } from './header-value.ts';
import { addHeadersOfEvent, eventFromHttp } from './http.ts';
import { eventFromRecord, recordOfEvent } from './kafka.ts';

jest.setTimeout(60_000);

const random = seeded(22);
const below = (limit: number): number => Math.floor(random() * limit);
const oneOf = <T>(values: readonly [T, ...T[]]): T => values[below(values.length)] ?? values[0];

function textOf(longest: number): string {
  const pieces = ['a', 'Z', '0', ' ', '%', '%25', '%zz', '"', '\\', ',', ';', '=', 'ü', '€', '😀', '\u0000', '\r\n', '\u007f', '\u0080', 'é', '\ufeff', '中'] as const;
  return Array.from({ length: below(longest + 1) }, () => oneOf(pieces)).join('');
}

function attributesOf(): Record<string, string> {
  const required = { specversion: oneOf(['1.0', '0.3']), id: `i${textOf(5)}`, source: `/${textOf(5)}`, type: `t${textOf(5)}` };
  const names = ['subject', 'partitionkey', 'dataschema', 'time', 'constructor', 'tostring', 'x', 'aa11', `n${below(1000)}`] as const;
  const more = Array.from({ length: below(6) }, () => oneOf(names)).map((name) => [name, name === 'time' ? '2026-01-02T03:04:05.123456789+02:00' : textOf(12)]);
  return { ...required, ...(Object.fromEntries(more) as Record<string, string>) };
}

/** As other senders write it: in percent code, all of it or what must be, in quotes, or as raw UTF-8 where HTTP carries that. */
function headerOf(value: string): string {
  const bytes = Buffer.from(value);
  const mayBeRaw = !/[\u0000-\u001f\u007f%"\\]|^ | $|^$/.test(value);
  const ways = [
    () => encodeHeaderValue(value),
    () => Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
    ...(mayBeRaw ? [() => bytes.toString('latin1'), () => `"${bytes.toString('latin1')}"`] : []),
  ];
  return (ways[below(ways.length)] ?? ways[0])?.() ?? '';
}

function bytesOf(longest: number): Buffer {
  return Buffer.from(Array.from({ length: below(longest + 1) }, () => below(256)));
}

/** What a subscriber gets of what a sender sent, by way of a record. */
function throughKafka(headers: readonly string[], body: Buffer): { headers: string[]; body: Buffer } {
  const record = recordOfEvent(eventFromHttp(headers, body), []);
  const { event } = eventFromRecord({ headers: record.headers.flat(), value: record.value });
  const delivered: string[] = [];
  addHeadersOfEvent(delivered, event);
  return { headers: delivered, body: event.data ?? Buffer.alloc(0) };
}

describe('R22.2: 5,000 generated events, from HTTP to a record and back', () => {
  test('binary: every attribute and every byte, however a sender writes them', () => {
    for (let round = 0; round < 5000; round += 1) {
      const attributes = attributesOf();
      const body = bytesOf(20);
      const contentType = oneOf([undefined, 'application/json', 'text/plain; charset="x"', 'application/xml']);
      const sent = [...(contentType === undefined ? [] : ['Content-Type', contentType]), ...Object.entries(attributes).flatMap(([name, value]) => [`Ce-${name}`, headerOf(value)])];
      const delivered = throughKafka(sent, body);
      const read = eventFromHttp(delivered.headers, delivered.body);
      expect(Object.fromEntries(read.attributes)).toEqual(attributes);
      expect([read.contentType, delivered.body.equals(body)]).toEqual([contentType, true]);
      // Nothing but visible ASCII and what a sender wrote itself: no header can be broken in two.
      expect(delivered.headers.every((text) => /^[\x20-\x7e]*$/.test(text))).toBe(true);
    }
  });

  test('structured: every byte of the document, and the attributes that are in it', () => {
    for (let round = 0; round < 5000; round += 1) {
      const attributes = attributesOf();
      const data: unknown = oneOf([null, 1.5, true, textOf(10), [textOf(3)], { [textOf(3)]: { deep: [[], {}] } }]);
      const document = Buffer.from(JSON.stringify({ ...attributes, data, extra: below(1000) }, undefined, below(3)));
      const contentType = oneOf(['application/cloudevents+json', 'application/cloudevents+json; charset=utf-8']);
      const delivered = throughKafka(['content-type', contentType], document);
      expect([delivered.headers, delivered.body.equals(document)]).toEqual([['content-type', contentType], true]);
      const { extra, ...read } = Object.fromEntries(eventFromHttp(delivered.headers, delivered.body).attributes);
      expect([read, Number.isInteger(Number(extra))]).toEqual([attributes, true]);
    }
  });
});

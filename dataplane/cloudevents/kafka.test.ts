import { describe, expect, test } from '@jest/globals';

import type { CloudEvent } from './event.ts';
import { InvalidEventError } from './event.ts';
import { eventFromHttp } from './http.ts';
import { eventFromRecord, recordOfEvent } from './kafka.ts';

const attributes = new Map([['specversion', '1.0'], ['id', '1'], ['source', '/s'], ['type', 't']]);

function binary(more: Record<string, string> = {}, rest: Partial<CloudEvent> = {}): CloudEvent {
  return { mode: 'binary', attributes: new Map([...attributes, ...Object.entries(more)]), contentType: undefined, data: undefined, ...rest };
}

function headersOf(event: CloudEvent): Record<string, string> {
  return Object.fromEntries(recordOfEvent(event, []).headers.map(([name, value]) => [name, Buffer.from(value, 'latin1').toString()]));
}

describe('recordOfEvent', () => {
  test('writes attributes as ce_ headers and data as the value, as the protocol binding says', () => {
    const event = binary({ subject: 'café' }, { contentType: 'text/plain', data: Buffer.from([0, 255]) });
    expect(headersOf(event)).toEqual({ 'content-type': 'text/plain', ce_specversion: '1.0', ce_id: '1', ce_source: '/s', ce_type: 't', ce_subject: 'café' });
    expect(recordOfEvent(event, []).value).toEqual(Buffer.from([0, 255]));
  });

  test('without data there is no value', () => {
    expect(recordOfEvent(binary(), [])).not.toHaveProperty('value');
  });

  test.each([
    { name: 'partitionkey', given: { partitionkey: 'pk', subject: 's' }, want: 'pk' },
    { name: 'subject without partitionkey', given: { subject: 's' }, want: 's' },
    { name: 'subject where partitionkey is empty', given: { partitionkey: '', subject: 's' }, want: 's' },
    { name: 'nothing without either', given: {}, want: undefined },
    { name: 'nothing where both are empty', given: { partitionkey: '', subject: '' }, want: undefined },
  ])('P7: the key is $name', ({ given, want }) => expect(recordOfEvent(binary(given as Record<string, string>), []).key?.toString()).toBe(want));

  test('a structured event is its document, with the key of its attributes', () => {
    const document = Buffer.from('{"specversion":"1.0","id":"1","source":"/s","type":"t","subject":"s","partitionkey":12345678901234567890}');
    const event = eventFromHttp(['content-type', 'application/cloudevents+json'], document);
    expect(headersOf(event)).toEqual({ 'content-type': 'application/cloudevents+json' });
    expect(recordOfEvent(event, [])).toMatchObject({ value: document, key: Buffer.from('12345678901234567890') });
  });
});

describe('eventFromRecord', () => {
  const events: [string, CloudEvent][] = [
    ['binary', binary({ time: '2026-01-02T03:04:05.123456789Z', big: '12345678901234567890', constructor: 'ü', empty: '' }, { contentType: 'application/json', data: Buffer.from('{"a":1.0}') })],
    ['without data', binary()],
    ['with empty data', binary({}, { data: Buffer.alloc(0) })],
    ['structured', eventFromHttp(['content-type', 'application/cloudevents+json'], Buffer.from('{"specversion":"0.3","id":"1","source":"/s","type":"t","data":1.0}'))],
  ];
  test.each(events)('is the inverse of recordOfEvent: %s', (_name, event) => {
    const record = recordOfEvent(event, [['knative-hello', 'wörld'], ['traceparent', '00-a']]);
    const read = eventFromRecord({ headers: record.headers.flat(), value: record.value });
    expect(read.event).toEqual(event);
    expect(read.passThrough).toEqual([['knative-hello', 'wörld'], ['traceparent', '00-a']]);
  });

  const plain = [...attributes].flatMap(([name, value]) => [`ce_${name}`, value]);
  test('takes headers as text, foreign headers, and a data type that an older producer wrote as an attribute', () => {
    const headers = [...plain, 'ce_datacontenttype', 'a/b', 'other', 'x'];
    expect(eventFromRecord({ headers, value: null })).toEqual({ event: binary({}, { contentType: 'a/b' }), passThrough: [] });
  });

  test.each([
    { name: 'no headers', headers: [], want: 'not a CloudEvent' },
    { name: 'a missing attribute', headers: plain.slice(0, 6), want: 'attribute type is missing' },
    { name: 'an illegal name', headers: [...plain, 'ce_a_b', 'x'], want: 'attribute name "a_b" is not allowed' },
    { name: 'a content type that HTTP does not carry', headers: [...plain, 'content-type', 'a\r\nb: c'], want: 'header content-type' },
    { name: 'a structured record without a value', headers: ['content-type', 'application/cloudevents+json'], want: 'the body is not JSON' },
  ])('refuses $name', ({ headers, want }) => {
    expect(() => eventFromRecord({ headers, value: undefined })).toThrow(want);
    expect(() => eventFromRecord({ headers, value: undefined })).toThrow(InvalidEventError);
  });

  test('a pass-through header that HTTP could not carry is left out', () => {
    expect(eventFromRecord({ headers: [...plain, 'knative-x', 'a\nb'], value: null }).passThrough).toEqual([]);
  });
});

import { describe, expect, test } from '@jest/globals';

import type { CloudEvent } from './event.ts';
import { structuredOf, withExtensions } from './event.ts';
import { eventFromHttp } from './http.ts';

const attributes: [string, string][] = [['specversion', '1.0'], ['id', '1'], ['source', '/s'], ['type', 't']];

function binary(contentType: string | undefined, data: Buffer | undefined, more: [string, string][] = []): CloudEvent {
  return { mode: 'binary', attributes: new Map([...attributes, ...more]), contentType, data };
}

function structured(document: string): CloudEvent {
  return eventFromHttp(['content-type', 'application/cloudevents+json'], Buffer.from(document));
}

describe('withExtensions', () => {
  test('adds attributes to a binary event and leaves the given one alone', () => {
    const event = binary(undefined, undefined);
    expect(withExtensions(event, { knativeerrorcode: '500' }).attributes.get('knativeerrorcode')).toBe('500');
    expect(event.attributes.has('knativeerrorcode')).toBe(false);
  });

  test('splices members into a structured event and keeps every other byte', () => {
    const document = '{"specversion":"1.0", "id":"1","source":"/s","type":"t","n":12345678901234567890,"data":{"constructor":"}","x":[1.0,"]"]}, "old":"a" }\n';
    const event = withExtensions(structured(document), { old: 'b"', constructor: 'new' });
    expect(event.data?.toString()).toBe(document.replace('"old":"a" }', '"old":"b\\"" ,"constructor":"new"}'));
    expect(Object.fromEntries(structured(event.data?.toString() ?? '').attributes)).toMatchObject({ old: 'b"', constructor: 'new', n: '12345678901234567890' });
    expect(event.attributes.get('old')).toBe('b"');
  });
});

describe('structuredOf', () => {
  test.each([
    { name: 'JSON as it is written', contentType: 'application/json; charset=utf-8', data: '{"n":12345678901234567890, "x":1.0}', want: '"data":{"n":12345678901234567890, "x":1.0}' },
    { name: 'a JSON dialect', contentType: 'application/vnd.x+json', data: '7', want: '"data":7' },
    { name: 'broken JSON as base64', contentType: 'application/json', data: '{', want: '"data_base64":"ew=="' },
    { name: 'text', contentType: 'text/plain', data: 'ü"', want: '"data":"ü\\""' },
    { name: 'XML', contentType: 'application/xml', data: '<a/>', want: '"data":"<a/>"' },
    { name: 'anything else as base64', contentType: 'application/octet-stream', data: 'abc', want: '"data_base64":"YWJj"' },
  ])('carries $name', ({ contentType, data, want }) => {
    const event = structuredOf(binary(contentType, Buffer.from(data)));
    expect(event.data?.toString()).toBe(`{"specversion":"1.0","id":"1","source":"/s","type":"t","datacontenttype":"${contentType}",${want}}`);
    expect(event.contentType).toBe('application/cloudevents+json; charset=utf-8');
    expect(structured(event.data?.toString() ?? '').attributes).toEqual(event.attributes);
  });

  test('an event without data has no data member', () => {
    expect(structuredOf(binary(undefined, undefined)).data?.toString()).toBe('{"specversion":"1.0","id":"1","source":"/s","type":"t"}');
  });

  test('version 0.3 has no data_base64', () => {
    const event = { ...binary('image/png', Buffer.from('abc')), attributes: new Map([...attributes, ['specversion', '0.3']] as [string, string][]) };
    expect(structuredOf(event).data?.toString()).toContain('"datacontentencoding":"base64","data":"YWJj"');
  });

  test('a structured event stays as it is', () => {
    const event = structured('{"specversion":"1.0","id":"1","source":"/s","type":"t"}');
    expect(structuredOf(event)).toBe(event);
  });
});

import { describe, expect, test } from '@jest/globals';

import { eventFromHttp, eventsFromHttp } from './http.ts';

const headers = ['Content-Type', 'application/cloudevents-batch+json; charset=UTF-8'];
const first = '{"specversion":"1.0", "id":"1","source":"/s","type":"t","data":{"n": 1.0, "s":"]},\\""}}';
const second = '{ "specversion":"0.3","id":"zwei-ä","source":"/s","type":"t","big":12345678901234567890 }';

describe('eventsFromHttp of a batch', () => {
  test('S-1: each event is its own document, byte for byte', () => {
    const events = [...eventsFromHttp(headers, Buffer.from(` [ ${first},\n${second}]`))];
    expect(events.map(({ data, mode, contentType }) => [data?.toString(), mode, contentType])).toEqual([first, second].map((document) => [document, 'structured', 'application/cloudevents+json']));
    expect(events[1]?.attributes.get('big')).toBe('12345678901234567890');
  });

  test('may be empty', () => expect([...eventsFromHttp(headers, Buffer.from(' [ ] '))]).toEqual([]));

  test.each([
    { name: 'no JSON', body: '[', want: 'batch: the body is not JSON' },
    { name: 'an object', body: first, want: 'batch: the body is not a JSON array' },
    { name: 'an element that is no object', body: `[${first},1]`, want: 'batch: event 1: structured event: the body is not a JSON object' },
    { name: 'an event without id', body: `[${first},{"specversion":"1.0","source":"/s","type":"t"}]`, want: 'batch: event 1: attribute id is missing' },
    { name: 'a time that is none', body: '[{"specversion":"1.0","id":"1","source":"/s","type":"t","time":"noon"}]', want: 'batch: event 0: attribute time is "noon"' },
  ])('refuses $name, all of it', ({ body, want }) => expect(() => [...eventsFromHttp(headers, Buffer.from(body))]).toThrow(want));

  test('is not one event', () => expect(() => eventFromHttp(headers, Buffer.from(`[${first},${second}]`))).toThrow('send one event a request'));
});

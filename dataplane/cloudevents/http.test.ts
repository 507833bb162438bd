import { describe, expect, test } from '@jest/globals';
import { HTTP } from 'cloudevents';

import type { CloudEvent } from './event.ts';
import { InvalidEventError } from './event.ts';
import { addHeadersOfEvent, eventFromHttp, passThroughFromHttp } from './http.ts';

const required = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 't' };
const none = Buffer.alloc(0);

function raw(headers: Record<string, string>): string[] {
  return Object.entries(headers).flat();
}

function reasonOf(headers: readonly string[], body: string | Buffer = none): string {
  try {
    eventFromHttp(headers, Buffer.from(body));
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidEventError);
    expect((error as Error).message).not.toContain('\n');
    return (error as Error).message;
  }
  return 'accepted';
}

function structured(document: string, contentType = 'application/cloudevents+json; charset=UTF-8') {
  return eventFromHttp(['Content-Type', contentType], Buffer.from(document));
}

describe('eventFromHttp, binary mode', () => {
  test.each(['1.0', '0.3'])('DP-2: takes version %s', (specversion) => {
    const event = eventFromHttp(raw({ ...required, 'ce-specversion': specversion }), none);
    expect(event.mode).toBe('binary');
    expect(event.attributes.get('specversion')).toBe(specversion);
  });

  test.each(['application/vnd.apache.thrift.binary', 'application/xml', 'application/json'])('DP-4: takes data of type %s and keeps its bytes', (contentType) => {
    const event = eventFromHttp(raw({ ...required, 'Content-Type': contentType }), Buffer.from('{}'));
    expect(event.contentType).toBe(contentType);
    expect(event.data).toEqual(Buffer.from('{}'));
    expect(event.attributes.has('datacontenttype')).toBe(false);
  });

  test('keeps every attribute, whatever its length or name', () => {
    const given = { time: '2026-01-02T03:04:05.123456789+02:00', big: '12345678901234567890', constructor: 'c', tostring: 'x', hasownproperty: 'y', subject: '', empty: '' };
    const headers = raw({ ...required, ...Object.fromEntries(Object.entries(given).map(([name, value]) => [`CE-${name}`, value])) });
    expect(Object.fromEntries(eventFromHttp(headers, none).attributes)).toEqual({ specversion: '1.0', id: '1', source: '/s', type: 't', ...given });
  });

  test('an empty body is no data', () => {
    expect(eventFromHttp(raw(required), none).data).toBeUndefined();
  });

  test.each([
    ['Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
    ['%e2%82%ac', '€'],
    ['50%25', '50%'],
    ['50%', '50%'],
    ['%2525', '%25'],
    ['"a \\"b\\" %25"', 'a "b" %'],
    ['a"b', 'a"b'],
    [Buffer.from('grüße').toString('latin1'), 'grüße'],
    ['gr\xfc\xdfe %C3%BC', 'grüße ü'],
    ['%0D%0Ax: y', '\r\nx: y'],
  ])('decodes %j once', (header, value) => {
    expect(eventFromHttp(raw({ ...required, 'ce-x': header }), none).attributes.get('x')).toBe(value);
  });

  test.each(Object.keys(required))('DP-7: refuses an event without %s', (missing) => {
    const headers = Object.entries(required).filter(([name]) => name !== missing);
    expect(reasonOf(headers.flat(), '{}')).toBe(`attribute ${missing.slice(3)} is missing`);
  });

  test.each([
    { name: 'version 10.0', headers: raw({ ...required, 'ce-specversion': '10.0' }), want: 'attribute specversion is "10.0": must be 1.0 or 0.3' },
    { name: 'an empty id', headers: raw({ ...required, 'ce-id': '' }), want: 'attribute id is empty' },
    { name: 'no event at all', headers: raw({ 'Content-Type': 'application/json' }), want: 'not a CloudEvent: neither headers ce-… nor content type application/cloudevents+json' },
    { name: 'a name with an underscore', headers: [...raw(required), 'ce-__proto__', 'x'], want: 'attribute name "__proto__" is not allowed: use lower-case letters and digits' },
    { name: 'a name with a dash', headers: raw({ ...required, 'ce-my-ext': 'x' }), want: 'attribute name "my-ext" is not allowed: use lower-case letters and digits' },
    { name: 'no name', headers: raw({ ...required, 'ce-': 'x' }), want: 'attribute name "" is not allowed: use lower-case letters and digits' },
    { name: 'an attribute named data', headers: raw({ ...required, 'ce-data': 'x' }), want: 'attribute name "data" is not allowed: use lower-case letters and digits' },
    { name: 'an attribute twice', headers: [...raw(required), 'CE-Id', '2'], want: 'attribute id is given twice' },
    { name: 'a time that is none', headers: raw({ ...required, 'ce-time': 'yesterday' }), want: 'attribute time is "yesterday": must be an RFC 3339 timestamp' },
    { name: 'bytes that are not UTF-8', headers: raw({ ...required, 'ce-x': '%ff' }), want: 'attribute x is not UTF-8: "%ff"' },
    { name: 'two data types', headers: raw({ ...required, 'ce-datacontenttype': 'a/b', 'Content-Type': 'c/d' }), want: 'attribute datacontenttype is not the Content-Type' },
    { name: 'another format', headers: raw({ 'content-type': 'Application/CloudEvents+XML' }), want: 'content type "application/cloudevents+xml": the only event formats are application/cloudevents+json and application/cloudevents-batch+json' },
  ])('DP-12: refuses $name in one clear line', ({ headers, want }) => expect(reasonOf(headers)).toBe(want));

  test('a long value is cut in the reason', () => {
    expect(reasonOf(raw({ ...required, 'ce-specversion': '9'.repeat(10_000) })).length).toBeLessThan(200);
  });
});

describe('eventFromHttp, structured mode', () => {
  const long = 'a'.repeat(100_000);
  test.each([
    [`"${long}":1,"${long}":2`, /^structured event: member "a+…" is given twice$/],
    [`"${long}":{}`, /^attribute a+… is an object or array: /],
    [`"id":{"${long}":1}`, /^attribute id is an object or array: /],
  ])('a reason is short, however long the names are: %#', (members, reason) => {
    const document = Buffer.from(`{"specversion":"1.0","source":"/s","type":"t",${members}}`);
    const refused = (): unknown => eventFromHttp(['content-type', 'application/cloudevents+json'], document);
    expect(refused).toThrow(reason);
    expect(refused).toThrow(/^.{1,200}$/);
  });

  const document = '{ "specversion" : "1.0", "id":"1","source":"/s","type":"t","time":"2026-01-02T03:04:05.123456789Z","big":12345678901234567890,"flag":true,"unset":null,"constructor":"c","datacontenttype":"application/json","data":{"n":1.0,"big":12345678901234567890,"s":"}\\"{"} }';

  test('DP-5: reads the attributes and keeps the document byte for byte', () => {
    const event = structured(document);
    expect(event.mode).toBe('structured');
    expect(event.data?.toString()).toBe(document);
    expect(event.contentType).toBe('application/cloudevents+json; charset=UTF-8');
    expect(Object.fromEntries(event.attributes)).toEqual({
      specversion: '1.0',
      id: '1',
      source: '/s',
      type: 't',
      time: '2026-01-02T03:04:05.123456789Z',
      big: '12345678901234567890',
      flag: 'true',
      constructor: 'c',
      datacontenttype: 'application/json',
    });
  });

  test('headers ce-… beside the document are not attributes', () => {
    const event = eventFromHttp(['content-type', 'application/cloudevents+json', 'ce-id', 'other', 'ce-x', 'y'], Buffer.from(document));
    expect(event.attributes.get('id')).toBe('1');
    expect(event.attributes.has('x')).toBe(false);
  });

  const start = '{"specversion":"1.0","id":"1","source":"/s","type":"t"';
  test.each([
    ['', 'structured event: the body is not JSON'],
    ['{"specversion":"1.0"', 'structured event: the body is not JSON'],
    ['[]', 'structured event: the body is not a JSON object'],
    ['null', 'structured event: the body is not a JSON object'],
    ['{}', 'attribute specversion is missing'],
    ['{"specversion":"10.0"}', 'attribute specversion is "10.0": must be 1.0 or 0.3'],
    ['{"specversion":"1.0","source":"/s","type":"t","id":""}', 'attribute id is empty'],
    ['{"specversion":"1.0","source":"/s","type":"t","id":null}', 'attribute id is missing'],
    ['{"specversion":"1.0","source":"/s","type":"t","id":7}', 'attribute id is not a string'],
    [`${start},"id":"2"}`, 'structured event: member "id" is given twice'],
    [`${start},"i\\u0064":"2"}`, 'structured event: member "id" is given twice'],
    [`${start},"__proto__":"x"}`, 'attribute name "__proto__" is not allowed: use lower-case letters and digits'],
    [`${start},"x":{"y":1}}`, 'attribute x is an object or array: must be a string, number or boolean'],
    [`${start},"data":1,"data_base64":"MQ=="}`, 'structured event: both data and data_base64 are given'],
    [`${start},"time":"now"}`, 'attribute time is "now": must be an RFC 3339 timestamp'],
  ])('refuses %s', (body, want) => expect(reasonOf(['Content-Type', 'application/cloudevents+json'], body)).toBe(want));

  test('refuses bytes that are not UTF-8, and other charsets', () => {
    expect(reasonOf(['Content-Type', 'application/cloudevents+json'], Buffer.from([0x7b, 0xff, 0x7d]))).toBe('structured event: the body is not UTF-8');
    expect(reasonOf(['Content-Type', 'application/cloudevents+json; charset="latin1"'], start + '}')).toBe('content type application/cloudevents+json: charset "latin1": must be utf-8');
  });
});

describe('addHeadersOfEvent', () => {
  function headersOf(event: CloudEvent): Record<string, string> {
    const headers: string[] = [];
    addHeadersOfEvent(headers, event);
    return Object.fromEntries(headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1] ?? '']] : [])));
  }

  test('is the inverse of eventFromHttp, percent code in its canonical form', () => {
    const headers = { 'content-type': 'text/plain; charset=latin1', ...required, 'ce-x': 'Euro%20%E2%82%AC%20%F0%9F%98%80%22%25%0D%0A%7F', 'ce-constructor': 'c' };
    expect(headersOf(eventFromHttp(raw(headers), none))).toEqual(headers);
  });

  test('a structured event has its content type only', () => {
    expect(headersOf(structured('{"specversion":"1.0","id":"1","source":"/s","type":"t"}'))).toEqual({ 'content-type': 'application/cloudevents+json; charset=UTF-8' });
  });

  test('the CloudEvents SDK reads what is written', () => {
    const event = eventFromHttp(raw({ ...required, 'content-type': 'application/json', 'ce-subject': 'caf%C3%A9' }), Buffer.from('{"a":1}'));
    const read = HTTP.toEvent({ headers: headersOf(event), body: event.data?.toString() });
    expect(read).toMatchObject({ id: '1', source: '/s', type: 't', specversion: '1.0', data: { a: 1 } });
  });
});

describe('passThroughFromHttp', () => {
  test('L-9, DP-24: keeps trace context and what Knative preserves, and nothing else', () => {
    const headers = ['Host', 'x', 'Traceparent', '00-a-b-01', 'tracestate', 'k=v', 'X-Request-Id', '7', 'X-B3-TraceId', '9', 'b3', '0', 'Baggage', 'a=b', 'Knative-Hello', 'wörld', 'authorization', 'secret', 'Prefer', 'reply', 'x-request-id', '8', 'ce_id', 'forged', 'Connection', 'close', 'Keep-Alive', '1', 'TE', 'x', 'Upgrade', 'y', 'Proxy-Authorization', 'z', 'Trailer', 't'];
    expect(passThroughFromHttp(headers)).toEqual([
      ['traceparent', '00-a-b-01'],
      ['tracestate', 'k=v'],
      ['x-request-id', '7'],
      ['x-b3-traceid', '9'],
      ['b3', '0'],
      ['baggage', 'a=b'],
      ['knative-hello', 'wörld'],
    ]);
  });

  test('L-9, DP-24: the lines of a list are one list, of any other header the first counts', () => {
    const headers = ['tracestate', 'a=1', 'baggage', 'x=1', 'Tracestate', 'b=2,c=3', 'BAGGAGE', 'y=2', 'traceparent', '00-a', 'traceparent', '00-b'];
    expect(passThroughFromHttp(headers)).toEqual([['tracestate', 'a=1,b=2,c=3'], ['baggage', 'x=1,y=2'], ['traceparent', '00-a']]);
  });

  test('L-9: what Connection names stays behind, in any of its lines', () => {
    const headers = ['Connection', 'keep-alive, Knative-Hop', 'knative-hop', '1', 'knative-end', '2', 'baggage', 'a=b', 'connection', 'BAGGAGE'];
    expect(passThroughFromHttp(headers)).toEqual([['knative-end', '2']]);
  });
});

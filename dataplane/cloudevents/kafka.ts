import { checkName, checkRequired, usualAttributes } from './attributes.ts';
import { contentModeOf } from './content-type.ts';
import type { CloudEvent, PassThroughHeaders } from './event.ts';
import { InvalidEventError } from './event.ts';
import { passThroughFromRecord } from './pass-through.ts';
import { structuredEvent } from './structured.ts';

export interface EventRecord {
  readonly key?: Buffer;
  readonly value?: Buffer;
  /** Names and values as they are on the wire, a character a byte (latin1). */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export interface IncomingRecord {
  /** Name, value, name, value… A character a byte (latin1). */
  readonly headers: readonly string[];
  readonly value: Buffer | null | undefined;
}

/** The Kafka record of an event. Its key is the extension `partitionkey`, else `subject` (design P7); without data there is no value. */
export function recordOfEvent(event: CloudEvent, passThrough: PassThroughHeaders): EventRecord {
  const headers: [string, string][] = [];
  if (event.contentType !== undefined) headers.push(['content-type', event.contentType]);
  if (event.mode === 'binary') {
    for (const [name, value] of event.attributes) headers.push([recordHeaders.get(name) ?? `ce_${name}`, utf8AsLatin1(value)]);
  }
  for (const [name, value] of passThrough) headers.push([name, value]);
  const record: { -readonly [name in keyof EventRecord]: EventRecord[name] } = { headers };
  const key = event.attributes.get('partitionkey') || event.attributes.get('subject');
  if (key) record.key = Buffer.from(key);
  if (event.data) record.value = event.data;
  return record;
}

/** The usual ones, made once: a text that is put together is read more slowly than one that is whole. */
const recordHeaders = new Map<string, string>(usualAttributes.map((name) => [name, `ce_${name}`]));
const attributeNames = new Map<string, string>(usualAttributes.map((name) => [`ce_${name}`, name]));

const ascii = /^[\x00-\x7f]*$/;

function utf8AsLatin1(text: string): string {
  return ascii.test(text) ? text : Buffer.from(text).toString('latin1');
}

function latin1AsUtf8(text: string): string {
  return ascii.test(text) ? text : Buffer.from(text, 'latin1').toString();
}

/** The event of a Kafka record. Throws InvalidEventError. */
export function eventFromRecord(record: IncomingRecord): { event: CloudEvent; passThrough: PassThroughHeaders } {
  const { contentType, attributes, others } = readHeaders(record.headers);
  const passThrough = others.length === 0 ? noPassThrough : passThroughFromRecord(others);
  const mode = contentModeOf(contentType);
  if (mode === 'batched') throw new InvalidEventError('a batch of events in one record');
  if (mode === 'structured') return { event: structuredEvent(contentType, record.value ?? Buffer.alloc(0)), passThrough };
  if (attributes.size === 0) throw new InvalidEventError('not a CloudEvent: neither headers ce_… nor content type application/cloudevents+json');
  for (const name of attributes.keys()) checkName(name);
  checkRequired(attributes);
  return { event: { mode: 'binary', attributes, contentType, data: record.value ?? undefined }, passThrough };
}

const legalContentType = /^[\t\x20-\x7e\x80-\xff]*$/;

const noPassThrough: PassThroughHeaders = [];

interface ReadHeaders {
  readonly contentType: string | undefined;
  readonly attributes: Map<string, string>;
  readonly others: readonly (readonly [string, string])[];
}

function readHeaders(headers: IncomingRecord['headers']): ReadHeaders {
  const attributes = new Map<string, string>();
  const others: (readonly [string, string])[] = [];
  let contentType: string | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    const [name = '', value = ''] = [headers[i], headers[i + 1]];
    if (name.startsWith('ce_')) attributes.set(attributeNames.get(name) ?? name.slice('ce_'.length), latin1AsUtf8(value));
    else if (name === 'content-type') contentType = value;
    else others.push([name, value]);
  }
  contentType ??= attributes.get('datacontenttype');
  attributes.delete('datacontenttype');
  if (contentType !== undefined && !legalContentType.test(contentType)) throw new InvalidEventError('header content-type has characters that HTTP does not carry');
  return { contentType, attributes, others };
}

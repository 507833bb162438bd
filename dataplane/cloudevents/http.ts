import { checkName, checkRequired, checkTime, shownName, usualAttributes } from './attributes.ts';
import { batchedEvents } from './batch.ts';
import { contentModeOf } from './content-type.ts';
import type { CloudEvent } from './event.ts';
import { InvalidEventError } from './event.ts';
import { decodeHeaderValue, encodeHeaderValue } from './header-value.ts';
import { structuredEvent } from './structured.ts';

export { passThroughFromHttp } from './pass-through.ts';

/** The event of an HTTP request, from its raw header lines (name, value, name, value…) and its body. Throws InvalidEventError. */
export function eventFromHttp(rawHeaders: readonly string[], body: Buffer): CloudEvent {
  const [event, ...more] = eventsFromHttp(rawHeaders, body);
  if (!event || more.length > 0) throw new InvalidEventError('a batch of events: send one event a request');
  return event;
}

/** The events of an HTTP request: one, or those of a batch, each made when its turn comes. Throws InvalidEventError where one is none. */
export function eventsFromHttp(rawHeaders: readonly string[], body: Buffer): Iterable<CloudEvent> {
  const { contentType, attributes } = readHeaders(rawHeaders);
  const mode = contentModeOf(contentType);
  if (mode === 'batched') return batchedEvents(body);
  const event = mode === 'binary' ? binaryEvent(attributes, contentType, body) : structuredEvent(contentType, body);
  checkTime(event.attributes);
  return [event];
}

/** The usual ones, made once: a text that is put together is read more slowly than one that is whole. */
const httpHeaders = new Map<string, string>(usualAttributes.map((name) => [name, `ce-${name}`]));

/** Adds the HTTP headers that carry an event (name, value, name, value…); the body is `event.data`, or empty. */
export function addHeadersOfEvent(headers: string[], event: CloudEvent): void {
  if (event.contentType !== undefined) headers.push('content-type', event.contentType);
  if (event.mode !== 'binary') return;
  for (const [name, value] of event.attributes) headers.push(httpHeaders.get(name) ?? `ce-${name}`, encodeHeaderValue(value));
}

function binaryEvent(attributes: Map<string, string>, contentType: string | undefined, body: Buffer): CloudEvent {
  if (attributes.size === 0) throw new InvalidEventError('not a CloudEvent: neither headers ce-… nor content type application/cloudevents+json');
  for (const name of attributes.keys()) checkName(name);
  const declared = attributes.get('datacontenttype');
  attributes.delete('datacontenttype');
  if (declared !== undefined && contentType !== undefined && declared !== contentType) throw new InvalidEventError('attribute datacontenttype is not the Content-Type');
  checkRequired(attributes);
  return { mode: 'binary', attributes, contentType: contentType ?? declared, data: body.length > 0 ? body : undefined };
}

function readHeaders(rawHeaders: readonly string[]): { contentType: string | undefined; attributes: Map<string, string> } {
  const attributes = new Map<string, string>();
  let contentType: string | undefined;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const header = rawHeaders[i]?.toLowerCase() ?? '';
    const value = rawHeaders[i + 1] ?? '';
    if (header.startsWith('ce-')) addAttribute(attributes, header.slice('ce-'.length), value);
    else if (header === 'content-type') {
      if (contentType !== undefined) throw new InvalidEventError('header Content-Type is given twice');
      contentType = value;
    }
  }
  return { contentType, attributes };
}

function addAttribute(attributes: Map<string, string>, name: string, value: string): void {
  if (attributes.has(name)) throw new InvalidEventError(`attribute ${shownName(name)} is given twice`);
  attributes.set(name, decodeHeaderValue(name, value));
}

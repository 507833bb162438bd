import { spliceMembers } from './json-members.ts';
import { documentOf } from './structured-document.ts';

/** Content types of an event that carries its attributes in its body. */
export const structuredContentType = 'application/cloudevents+json';

/**
 * An event as attributes and bytes. Data is never parsed, so what enters is what leaves: the same version, the same attributes, the same bytes.
 */
export interface CloudEvent {
  /** Lower-case names, `specversion`, `id`, `source`, `type`, extensions and all; without `datacontenttype` in binary mode. Read only, also for a structured event, whose `data` is what is sent. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Binary: the attribute `datacontenttype`. Structured: the media type of the document, parameters included. */
  readonly contentType: string | undefined;
  /** Binary: the data, undefined where there is none. Structured: the whole JSON document. */
  readonly data: Buffer | undefined;
  readonly mode: 'binary' | 'structured';
}

/** HTTP headers that travel with an event though they are not part of it, by lower-case name. */
export type PassThroughHeaders = readonly (readonly [name: string, value: string])[];

/** Says in one line why a request or record is no CloudEvent. */
export class InvalidEventError extends Error {
  override readonly name = 'InvalidEventError';
  readonly code = 'KFC_INVALID_EVENT';
}

/** The event with extensions added, or replaced where it had them; the rest stays as it was, byte for byte. Names must be legal ones. */
export function withExtensions(event: CloudEvent, extensions: Readonly<Record<string, string>>): CloudEvent {
  const attributes = new Map([...event.attributes, ...Object.entries(extensions)]);
  if (event.mode === 'binary') return { ...event, attributes };
  const document = spliceMembers(event.data?.toString() ?? '{}', extensions);
  return { ...event, attributes, data: Buffer.from(document) };
}

/** The event in structured mode, for delivery format json. Data that is JSON becomes a member as it is, other data text or base64. */
export function structuredOf(event: CloudEvent): CloudEvent {
  if (event.mode === 'structured') return event;
  const attributes = new Map(event.attributes);
  if (event.contentType !== undefined) attributes.set('datacontenttype', event.contentType);
  return { mode: 'structured', attributes, contentType: `${structuredContentType}; charset=utf-8`, data: Buffer.from(documentOf(attributes, event.data)) };
}

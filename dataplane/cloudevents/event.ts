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

/** The event with extensions added; what it had stays as it was, byte for byte. */
export function withExtensions(_event: CloudEvent, _extensions: Readonly<Record<string, string>>): CloudEvent {
  throw new Error('not yet');
}

/** The event in structured mode, for delivery format json. */
export function structuredOf(_event: CloudEvent): CloudEvent {
  throw new Error('not yet');
}

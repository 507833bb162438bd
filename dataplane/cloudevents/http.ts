import type { CloudEvent, PassThroughHeaders } from './event.ts';

/** The event of an HTTP request, from its raw header lines (name, value, name, value…). Throws InvalidEventError. */
export function eventFromHttp(_rawHeaders: readonly string[], _body: Buffer): CloudEvent {
  throw new Error('not yet');
}

/** Headers of an HTTP request that travel with its event. */
export function passThroughFromHttp(_rawHeaders: readonly string[]): PassThroughHeaders {
  throw new Error('not yet');
}

/** HTTP headers that carry an event; the body is `event.data`, or empty. */
export function httpHeadersOfEvent(_event: CloudEvent): Record<string, string> {
  throw new Error('not yet');
}

import type { PassThroughHeaders } from './event.ts';

const names = new Set(['traceparent', 'tracestate', 'baggage', 'x-request-id', 'b3']);
const prefixes = ['knative-', 'x-b3-'];
/** Most headers are told apart by their first letter alone. */
const firstLetters = new Set([...names, ...prefixes].map((name) => name.charCodeAt(0)));
const toLowerCase = 0x20;
const none: PassThroughHeaders = [];
const legalName = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;
const legalValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Whether a header, by lower-case name, travels with the event: trace context and what Knative preserves. */
export function isPassThrough(name: string): boolean {
  return names.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}

/** Headers of an HTTP request that travel with its event, values as latin1. Of a repeated one the first counts. */
export function passThroughFromHttp(rawHeaders: readonly string[]): PassThroughHeaders {
  let found: Map<string, string> | undefined;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (firstLetters.has(name.charCodeAt(0) | toLowerCase)) keep((found ??= new Map<string, string>()), name.toLowerCase(), rawHeaders[i + 1] ?? '');
  }
  return found ? [...found] : none;
}

/** Headers of a Kafka record that become HTTP headers again; those that HTTP could not carry are left out. */
export function passThroughFromRecord(headers: Iterable<readonly [string, Buffer | string]>): PassThroughHeaders {
  const found = new Map<string, string>();
  for (const [name, value] of headers) keep(found, name, typeof value === 'string' ? value : value.toString('latin1'));
  return [...found];
}

function keep(found: Map<string, string>, name: string, value: string): void {
  if (isPassThrough(name) && !found.has(name) && legalName.test(name) && legalValue.test(value)) found.set(name, value);
}

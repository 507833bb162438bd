import type { PassThroughHeaders } from './event.ts';

const names = new Set(['traceparent', 'tracestate', 'baggage', 'x-request-id', 'b3']);
const prefixes = ['knative-', 'x-b3-'];
/** Their lines are parts of one list (W3C Trace Context and Baggage). */
const lists = new Set(['tracestate', 'baggage']);
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

/** Headers of an HTTP request that travel with its event, values as latin1. Of a repeated one the first counts, unless it is a list; what `Connection` names is for the next hop alone. */
export function passThroughFromHttp(rawHeaders: readonly string[]): PassThroughHeaders {
  let found: Map<string, string> | undefined;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (firstLetters.has(name.charCodeAt(0) | toLowerCase)) keep((found ??= new Map<string, string>()), name.toLowerCase(), rawHeaders[i + 1] ?? '');
  }
  if (!found) return none;
  dropNamedByConnection(found, rawHeaders);
  return [...found];
}

function dropNamedByConnection(found: Map<string, string>, rawHeaders: readonly string[]): void {
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (!isConnection(rawHeaders[i] ?? '')) continue;
    for (const name of rawHeaders[i + 1]?.toLowerCase().split(',') ?? []) found.delete(name.trim());
  }
}

function isConnection(name: string): boolean {
  return name.length === 'connection'.length && name.toLowerCase() === 'connection';
}

/** Headers of a Kafka record that become HTTP headers again; those that HTTP could not carry are left out. */
export function passThroughFromRecord(headers: Iterable<readonly [string, string]>): PassThroughHeaders {
  const found = new Map<string, string>();
  for (const [name, value] of headers) keep(found, name, value);
  return [...found];
}

function keep(found: Map<string, string>, name: string, value: string): void {
  if (!isPassThrough(name) || !legalName.test(name) || !legalValue.test(value)) return;
  const first = found.get(name);
  if (first === undefined) found.set(name, value);
  else if (lists.has(name)) found.set(name, `${first},${value}`);
}

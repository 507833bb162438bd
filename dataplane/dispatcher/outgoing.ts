import type { CloudEvent, PassThroughHeaders } from '../cloudevents/event.ts';
import { structuredOf } from '../cloudevents/event.ts';
import { addHeadersOfEvent } from '../cloudevents/http.ts';
import type { FetchedRecord } from '../kafka/fetched-records.ts';
import { headerNamed } from './http/header-named.ts';

/** What a request carries, wherever it goes. */
export interface Outgoing {
  /** Name, value, name, value… */
  readonly headers: readonly string[];
  readonly body: Buffer | undefined;
}

export interface OutgoingOptions {
  /** Namespace of the channel: it goes with every request as `Kn-Namespace`. */
  readonly namespace: string;
  readonly format: 'binary' | 'json';
  /** Tells a subscriber that its answer may be an event. Knative tells every subscriber, with or without a reply address (F-9). */
  readonly asksForReply: boolean;
}

/** A request for an event. In format `binary` it goes in the mode that it came in: its bytes are not touched. */
export function outgoingEvent(event: CloudEvent, passThrough: PassThroughHeaders, options: OutgoingOptions): Outgoing {
  const sent = options.format === 'json' ? structuredOf(event) : event;
  const headers = options.asksForReply ? ['Prefer', 'reply', 'Kn-Namespace', options.namespace] : ['Kn-Namespace', options.namespace];
  addHeadersOfEvent(headers, sent);
  for (const [name, value] of passThrough) headers.push(name, value);
  return { headers, body: sent.data };
}

/** A request for a record that is no event: its value and content type as they are. */
export function outgoingRecord(record: FetchedRecord, namespace: string): Outgoing {
  const declared = headerNamed(record.headers, 'content-type') ?? '';
  const contentType = /^[\x20-\x7e]+$/.test(declared) ? declared : 'application/octet-stream';
  return { headers: ['Kn-Namespace', namespace, 'Content-Type', contentType], body: record.value ?? undefined };
}

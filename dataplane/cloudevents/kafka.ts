import type { CloudEvent, PassThroughHeaders } from './event.ts';

export interface EventRecord {
  readonly key?: Buffer;
  readonly value?: Buffer;
  readonly headers: [Buffer, Buffer][];
}

export interface IncomingRecord {
  readonly headers: Iterable<readonly [Buffer | string, Buffer | string]>;
  readonly value: Buffer | null | undefined;
}

/** The Kafka record of an event. Its key is the extension `partitionkey`, else `subject` (design P7). */
export function recordOfEvent(_event: CloudEvent, _passThrough: PassThroughHeaders): EventRecord {
  throw new Error('not yet');
}

/** The event of a Kafka record. Throws InvalidEventError. */
export function eventFromRecord(_record: IncomingRecord): { event: CloudEvent; passThrough: PassThroughHeaders } {
  throw new Error('not yet');
}

import type { CloudEvent } from './event.ts';
import { InvalidEventError, structuredContentType } from './event.ts';
import { jsonElements } from './json-members.ts';
import { eventOfJson, jsonText } from './structured.ts';

/** The events of a JSON array, each a structured event whose document is kept as it is. Throws InvalidEventError that tells which is none, counted from 0. `admit` is asked before each event is made, for it takes memory beside its bytes. */
export function batchedEvents(body: Buffer, admit: () => void): CloudEvent[] {
  const events: CloudEvent[] = [];
  for (const document of jsonElements(jsonText(body, 'array', 'batch'))) {
    admit();
    events.push(eventOf(document, events.length));
  }
  return events;
}

function eventOf(document: string, index: number): CloudEvent {
  try {
    return eventOfJson(document, structuredContentType);
  } catch (error) {
    throw new InvalidEventError(`batch: event ${index}: ${(error as Error).message}`, { cause: error });
  }
}

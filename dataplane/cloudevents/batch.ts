import { checkTime } from './attributes.ts';
import type { CloudEvent } from './event.ts';
import { InvalidEventError, structuredContentType } from './event.ts';
import { jsonElements } from './json-members.ts';
import { eventOfJson, jsonText } from './structured.ts';

/** The events of a JSON array, one after the other, each a structured event whose document is kept as it is. Throws InvalidEventError that tells which is none, counted from 0. */
export function* batchedEvents(body: Buffer): Generator<CloudEvent> {
  let index = 0;
  for (const document of jsonElements(jsonText(body, 'array', 'batch'))) {
    yield eventOf(document, index);
    index += 1;
  }
}

function eventOf(document: string, index: number): CloudEvent {
  try {
    const event = eventOfJson(document, structuredContentType);
    checkTime(event.attributes);
    return event;
  } catch (error) {
    throw new InvalidEventError(`batch: event ${index}: ${(error as Error).message}`, { cause: error });
  }
}

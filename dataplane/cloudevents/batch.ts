import type { CloudEvent } from './event.ts';
import { InvalidEventError, structuredContentType } from './event.ts';
import { jsonElements } from './json-members.ts';
import { structuredEvent } from './structured.ts';
import { utf8 } from './structured-document.ts';

/** The events of a JSON array, each a structured event whose document is kept as it is. Throws InvalidEventError that tells which is none, counted from 0. */
export function batchedEvents(body: Buffer): CloudEvent[] {
  const text = utf8(body);
  if (text === undefined) throw new InvalidEventError('batch: the body is not UTF-8');
  if (!isArray(text)) throw new InvalidEventError('batch: the body is not a JSON array');
  return jsonElements(text).map(({ start, end }, index) => {
    try {
      return structuredEvent(structuredContentType, Buffer.from(text.slice(start, end)));
    } catch (error) {
      throw new InvalidEventError(`batch: event ${index}: ${(error as Error).message}`, { cause: error });
    }
  });
}

function isArray(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
  }
}

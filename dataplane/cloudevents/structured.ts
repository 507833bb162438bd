import { checkName, checkRequired, shown, shownName } from './attributes.ts';
import type { CloudEvent } from './event.ts';
import { InvalidEventError } from './event.ts';
import type { JsonError } from './json-grammar.ts';
import { kindOfJson } from './json-grammar.ts';
import { jsonMembers } from './json-members.ts';
import { utf8 } from './structured-document.ts';

/** The event that a JSON document holds; the document is kept as it is. Throws InvalidEventError. */
export function structuredEvent(contentType: string | undefined, document: Buffer): CloudEvent {
  return eventOfObject(jsonText(document, 'object', 'structured event'), contentType, document);
}

/** The same, where its text is at hand, and is known to be JSON. */
export function eventOfJson(text: string, contentType: string | undefined): CloudEvent {
  if (!text.startsWith('{')) throw notA('object', 'structured event');
  return eventOfObject(text, contentType, Buffer.from(text));
}

function eventOfObject(text: string, contentType: string | undefined, document: Buffer): CloudEvent {
  const attributes = documentAttributes(text);
  checkRequired(attributes);
  return { mode: 'structured', attributes, contentType, data: document };
}

/** The text of a body that must be a JSON object, or an array. Throws InvalidEventError that begins with what the body should be. */
export function jsonText(body: Buffer, kind: 'object' | 'array', what: string): string {
  const text = utf8(body);
  if (text === undefined) throw new InvalidEventError(`${what}: the body is not UTF-8`);
  if (kindOf(text, what) !== kind) throw notA(kind, what);
  return text;
}

function notA(kind: string, what: string): InvalidEventError {
  return new InvalidEventError(`${what}: the body is not a JSON ${kind}`);
}

function kindOf(text: string, what: string): string {
  try {
    return kindOfJson(text);
  } catch (error) {
    throw new InvalidEventError(`${what}: the body is ${(error as JsonError).message}`, { cause: error });
  }
}

/** As many as a request's head has lines at the most. */
const mostMembers = 512;

/** Attributes by name, numbers as they are written, whatever their length. */
function documentAttributes(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  const seen = new Set<string>();
  for (const { name, start, end } of jsonMembers(text)) {
    if (seen.has(name)) throw new InvalidEventError(`structured event: member ${shown(name)} is given twice`);
    seen.add(name);
    if (seen.size > mostMembers) throw new InvalidEventError(`structured event: it has more than ${mostMembers} members`);
    if (name === 'data' || name === 'data_base64') continue;
    checkName(name);
    const value = attributeValue(name, text.slice(start, end));
    if (value !== undefined) attributes.set(name, value);
  }
  if (seen.has('data') && seen.has('data_base64')) throw new InvalidEventError('structured event: both data and data_base64 are given');
  return attributes;
}

const textOnly = new Set(['specversion', 'id', 'source', 'type', 'subject', 'time', 'datacontenttype', 'dataschema', 'schemaurl', 'datacontentencoding']);

function attributeValue(name: string, source: string): string | undefined {
  if (source === 'null') return undefined;
  if (source.startsWith('"')) return JSON.parse(source) as string;
  if (source.startsWith('{') || source.startsWith('[')) throw new InvalidEventError(`attribute ${shownName(name)} is an object or array: must be a string, number or boolean`);
  if (textOnly.has(name)) throw new InvalidEventError(`attribute ${name} is not a string`);
  return source;
}

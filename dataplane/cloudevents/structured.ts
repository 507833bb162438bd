import { checkName, checkRequired } from './attributes.ts';
import type { CloudEvent } from './event.ts';
import { InvalidEventError } from './event.ts';
import { jsonMembers } from './json-members.ts';
import { utf8 } from './structured-document.ts';

/** The event that a JSON document holds; the document is kept as it is. Throws InvalidEventError. */
export function structuredEvent(contentType: string | undefined, document: Buffer): CloudEvent {
  const attributes = documentAttributes(parsedText(document));
  checkRequired(attributes);
  return { mode: 'structured', attributes, contentType, data: document };
}

function parsedText(document: Buffer): string {
  const text = utf8(document);
  if (text === undefined) throw new InvalidEventError('structured event: the body is not UTF-8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidEventError('structured event: the body is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new InvalidEventError('structured event: the body is not a JSON object');
  return text;
}

/** Attributes by name, numbers as they are written, whatever their length. */
function documentAttributes(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  const seen = new Set<string>();
  for (const { name, start, end } of jsonMembers(text)) {
    if (seen.has(name)) throw new InvalidEventError(`structured event: member ${JSON.stringify(name)} is given twice`);
    seen.add(name);
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
  if (source.startsWith('{') || source.startsWith('[')) throw new InvalidEventError(`attribute ${name} is an object or array: must be a string, number or boolean`);
  if (textOnly.has(name)) throw new InvalidEventError(`attribute ${name} is not a string`);
  return source;
}

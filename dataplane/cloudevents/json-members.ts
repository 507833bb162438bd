import { endOfString, endOfValue, skipBlanks } from './json-grammar.ts';

/** A member of a JSON object, by where its value lies in the text. */
export interface JsonMember {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** The members of the object that a text holds, in order, repeated names included. The text must be JSON, and an object. */
export function* jsonMembers(text: string): Generator<JsonMember> {
  let at = skipBlanks(text, text.indexOf('{') + 1);
  while (text[at] === '"') {
    const nameEnd = endOfString(text, at);
    const name = JSON.parse(text.slice(at, nameEnd)) as string;
    const start = skipBlanks(text, skipBlanks(text, nameEnd) + 1);
    const end = endOfValue(text, start);
    yield { name, start, end };
    at = skipBlanks(text, end);
    if (text[at] === ',') at = skipBlanks(text, at + 1);
  }
}

/** The elements of the array that a text holds, in order, as text. The text must be JSON, and an array. */
export function* jsonElements(text: string): Generator<string> {
  let start = skipBlanks(text, text.indexOf('[') + 1);
  while (text[start] !== ']') {
    const end = endOfValue(text, start);
    yield text.slice(start, end);
    start = skipBlanks(text, end);
    if (text[start] === ',') start = skipBlanks(text, start + 1);
  }
}

/** The text of a JSON object with members set to strings; everything else stays as it is, byte for byte. */
export function spliceMembers(text: string, values: Readonly<Record<string, string>>): string {
  const wanted = new Map(Object.entries(values));
  const members = [...jsonMembers(text)];
  let result = '';
  let copied = 0;
  for (const { name, start, end } of members) {
    const value = wanted.get(name);
    if (value === undefined) continue;
    result += text.slice(copied, start) + JSON.stringify(value);
    copied = end;
    wanted.delete(name);
  }
  const close = text.lastIndexOf('}');
  const added = [...wanted].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',');
  const comma = members.length > 0 && added !== '' ? ',' : '';
  return result + text.slice(copied, close) + comma + added + text.slice(close);
}

/** A member of a JSON object, by where its value lies in the text. */
export interface JsonMember {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** The members of the object that a text holds, in order, repeated names included. The text must be JSON that parses, and an object. */
export function jsonMembers(text: string): JsonMember[] {
  const members: JsonMember[] = [];
  let at = skipBlanks(text, text.indexOf('{') + 1);
  while (text[at] === '"') {
    const nameEnd = endOfString(text, at);
    const name = JSON.parse(text.slice(at, nameEnd)) as string;
    const start = skipBlanks(text, skipBlanks(text, nameEnd) + 1);
    const end = endOfValue(text, start);
    members.push({ name, start, end });
    at = skipBlanks(text, end);
    if (text[at] === ',') at = skipBlanks(text, at + 1);
  }
  return members;
}

/** Where the elements of the array lie that a text holds, in order. The text must be JSON that parses, and an array. */
export function jsonElements(text: string): { start: number; end: number }[] {
  const elements: { start: number; end: number }[] = [];
  let start = skipBlanks(text, text.indexOf('[') + 1);
  while (text[start] !== ']') {
    const end = endOfValue(text, start);
    elements.push({ start, end });
    start = skipBlanks(text, end);
    if (text[start] === ',') start = skipBlanks(text, start + 1);
  }
  return elements;
}

/** The text of a JSON object with members set to strings; everything else stays as it is, byte for byte. */
export function spliceMembers(text: string, values: Readonly<Record<string, string>>): string {
  const wanted = new Map(Object.entries(values));
  const members = jsonMembers(text);
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

const blanks = new Set([' ', '\t', '\n', '\r']);

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (blanks.has(text[at] ?? '')) at += 1;
  return at;
}

function endOfString(text: string, quote: number): number {
  let at = text.indexOf('"', quote + 1);
  while (isEscaped(text, at)) at = text.indexOf('"', at + 1);
  return at + 1;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}

const brackets = /["{}[\]]/g;
const delimiters = /[,}\]\s]/g;

function endOfValue(text: string, start: number): number {
  if (text[start] === '"') return endOfString(text, start);
  if (text[start] !== '{' && text[start] !== '[') return nextOf(delimiters, text, start);
  let at = start;
  let depth = 0;
  do {
    at = nextOf(brackets, text, at);
    const character = text[at] ?? '';
    if (character === '"') at = endOfString(text, at);
    else {
      depth += '{['.includes(character) ? 1 : -1;
      at += 1;
    }
  } while (depth > 0);
  return at;
}

function nextOf(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}

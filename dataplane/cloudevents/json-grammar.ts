/** Nesting beyond which JSON is not read, as in Go's own reader, which Knative's is. */
export const deepestNesting = 10_000;

/** Says in a few words why a text is not read as JSON. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** What the text holds, which must be one JSON value (RFC 8259) and no more. Nothing is built of it, for millions of small values take many times the memory of their text. Throws JsonError. */
export function kindOfJson(text: string): 'object' | 'array' | 'other' {
  const start = skipBlanks(text, 0);
  if (skipBlanks(text, endOfValue(text, start)) !== text.length) throw notJson();
  const first = text.charCodeAt(start);
  if (first === openBrace) return 'object';
  return first === openBracket ? 'array' : 'other';
}

/** The end of the value that begins there. Throws JsonError. */
export function endOfValue(text: string, start: number): number {
  /** Closing brackets that are to come. */
  const closings: number[] = [];
  let at = start;
  do {
    at = enterValue(text, at, closings);
    at = leaveValues(text, at, closings);
  } while (closings.length > 0);
  return at;
}

/** Goes past a value that holds no other, or to the first one that it holds, however deep. */
function enterValue(text: string, start: number, closings: number[]): number {
  let at = start;
  for (;;) {
    const opening = text.charCodeAt(at);
    if (opening !== openBrace && opening !== openBracket) return endOfScalar(text, at);
    const closing = opening === openBrace ? closeBrace : closeBracket;
    at = skipBlanks(text, at + 1);
    if (text.charCodeAt(at) === closing) return at + 1;
    if (closings.push(closing) > deepestNesting) throw new JsonError(`nested more than ${deepestNesting} deep`);
    if (closing === closeBrace) at = endOfName(text, at);
  }
}

/** Goes from the end of a value to the next one, or past all that end with it. */
function leaveValues(text: string, start: number, closings: number[]): number {
  let at = start;
  for (let closing = closings.at(-1); closing !== undefined; closing = closings.at(-1)) {
    at = skipBlanks(text, at);
    const code = text.charCodeAt(at);
    if (code === comma) {
      at = skipBlanks(text, at + 1);
      return closing === closeBrace ? endOfName(text, at) : at;
    }
    if (code !== closing) throw notJson();
    closings.pop();
    at += 1;
  }
  return at;
}

/** Where the value of the member begins whose name begins there. */
function endOfName(text: string, start: number): number {
  const at = skipBlanks(text, endOfString(text, start));
  if (text.charCodeAt(at) !== colon) throw notJson();
  return skipBlanks(text, at + 1);
}

export function skipBlanks(text: string, start: number): number {
  let at = start;
  for (let code = text.charCodeAt(at); code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09; code = text.charCodeAt(at)) at += 1;
  return at;
}

/** The end of the string that begins there. */
export function endOfString(text: string, start: number): number {
  if (text.charCodeAt(start) !== quote) throw notJson();
  let at = start + 1;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === quote) return at + 1;
    if (code === backslash) at = endOfEscape(text, at);
    // No number at the end of the text.
    else if (code >= 0x20) at += 1;
    else throw notJson();
  }
}

const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

function endOfEscape(text: string, start: number): number {
  return endOf(escape, text, start);
}

const words = /true|false|null/y;
const fraction = /\.\d/y;
const exponent = /[eE][+-]?\d/y;

function endOfScalar(text: string, start: number): number {
  const code = text.charCodeAt(start);
  if (code === quote) return endOfString(text, start);
  return code === 0x2d || isDigit(code) ? endOfNumber(text, start) : endOf(words, text, start);
}

function endOfNumber(text: string, start: number): number {
  let at = text.charCodeAt(start) === 0x2d ? start + 1 : start;
  if (!isDigit(text.charCodeAt(at))) throw notJson();
  at = text.charCodeAt(at) === 0x30 ? at + 1 : endOfDigits(text, at);
  if (text.charCodeAt(at) === 0x2e) at = endOfDigits(text, endOf(fraction, text, at));
  const code = text.charCodeAt(at) | 0x20;
  return code === 0x65 ? endOfDigits(text, endOf(exponent, text, at)) : at;
}

function endOfDigits(text: string, start: number): number {
  let at = start;
  while (isDigit(text.charCodeAt(at))) at += 1;
  return at;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function endOf(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start;
  if (!pattern.test(text)) throw notJson();
  return pattern.lastIndex;
}

function notJson(): JsonError {
  return new JsonError('not JSON');
}

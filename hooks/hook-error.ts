/** Metacontroller shows the text of a failing hook in an event of the parent: one line, short enough to be read there. */
const longest = 200;

/** What is left of a name at least. */
const shortestName = 60;

/** A failure that its caller is told of. */
class HookError extends Error {
  readonly what: string;
  readonly remedy: string;

  constructor(what: string, remedy: string) {
    super(`${what}: ${remedy}`);
    this.what = what;
    this.remedy = remedy;
  }
}

/** The request is not one of Metacontroller's: answered with 400. */
export class MalformedRequestError extends HookError {
  override readonly name = 'MalformedRequestError';
  readonly code = 'KFC_MALFORMED_REQUEST';

  constructor(what: string) {
    super(`malformed request: ${what}`, 'send what Metacontroller sends to a hook of version v2');
  }
}

/** The hook cannot decide (H9): answered with 500, and nothing in the cluster changes. */
export class UndecidedError extends HookError {
  override readonly name = 'UndecidedError';
  readonly code = 'KFC_UNDECIDED';
}

/** `object: what: remedy` in one line. Where it would be too long, the name of the object is shortened in its middle: the end says what to do. */
export function failureLine(object: string, { what, remedy }: Pick<HookError, 'what' | 'remedy'>): string {
  const rest = unbroken(`: ${what}: ${remedy}`);
  return oneLine(`${shortened(unbroken(object), Math.max(shortestName, longest - rest.length))}${rest}`);
}

/** A text in one line, shortened in its middle: it begins with what it is about, and ends with what to do. */
export function oneLine(text: string): string {
  return shortened(unbroken(text), longest);
}

function unbroken(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = Math.floor((length - 1) / 2);
  return `${text.slice(0, length - 1 - end)}…${text.slice(-end)}`;
}

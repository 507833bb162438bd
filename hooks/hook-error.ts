/** Metacontroller shows the text of a failing hook in an event of the parent: one line, short enough to be read there. */
const longest = 200;

/** The request is not one of Metacontroller's: answered with 400. */
export class MalformedRequestError extends Error {
  override readonly name = 'MalformedRequestError';
  readonly code = 'KFC_MALFORMED_REQUEST';
}

/** The hook cannot decide (H9): answered with 500, and nothing in the cluster changes. The message names the object and ends with what to do. */
export class UndecidedError extends Error {
  override readonly name = 'UndecidedError';
  readonly code = 'KFC_UNDECIDED';
}

export function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
}

/** Longest text from outside in a line of the log. */
export const longestText = 256;

/** A text from outside, cut where it is too long for a line of the log. */
export function bounded(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText - 1)}…` : text;
}

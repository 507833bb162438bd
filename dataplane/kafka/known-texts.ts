/** Longest text that is remembered. */
const longest = 64;
/** A power of two. */
const places = 512;

/**
 * Texts of a character a byte (latin1) that come again and again, such as names of headers, types and sources of events: each is made once, and comparing
 * its bytes takes a fraction of making it again. What is remembered is bounded, and the last one at a place counts.
 */
export class KnownTexts {
  readonly #texts: (string | undefined)[] = Array.from({ length: places });

  text(bytes: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length > longest) return bytes.toString('latin1', start, end);
    if (length === 0) return '';
    const place = placeOf(bytes, start, length);
    const known = this.#texts[place];
    if (known?.length === length && isSame(known, bytes, start)) return known;
    return (this.#texts[place] = bytes.toString('latin1', start, end));
  }
}

function placeOf(bytes: Buffer, start: number, length: number): number {
  const first = bytes[start] ?? 0;
  const middle = bytes[start + (length >>> 1)] ?? 0;
  const last = bytes[start + length - 1] ?? 0;
  return (length + first * 31 + middle * 131 + last * 17) & (places - 1);
}

/** Backwards, because it is in their ends that texts of the same length differ. */
function isSame(text: string, bytes: Buffer, start: number): boolean {
  for (let i = text.length - 1; i >= 0; i -= 1) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}

/** A header that HTTP cannot carry: no other attempt can mend that. */
export class InvalidHeader extends Error {
  override readonly name = 'InvalidHeader';

  constructor(name: string) {
    super(`invalid header ${JSON.stringify(name.slice(0, 80))}: HTTP cannot carry it`);
  }
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const unsendable = /[^\t\x20-\x7e\x80-\xff]/;

/** First lines of every request to an address. `path` and `authority` as a parsed URL has them. */
export function requestStart(authority: string, path: string): string {
  return `POST ${path} HTTP/1.1\r\nhost: ${authority}\r\nconnection: keep-alive\r\n`;
}

/** Head of one request, latin1, with the empty line. `headers`: name, value, name, value… Throws InvalidHeader. */
export function requestHead(start: string, headers: readonly string[], bodyBytes: number): string {
  let head = start;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const value = headers[i + 1] ?? '';
    if (!token.test(name) || unsendable.test(value)) throw new InvalidHeader(name);
    head += `${name}: ${value}\r\n`;
  }
  return `${head}content-length: ${bodyBytes}\r\n\r\n`;
}

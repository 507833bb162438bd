/** What ends the body of an answer: nothing follows, so many bytes, a last chunk, or the end of the connection. */
export type Framing = 'none' | 'length' | 'chunked' | 'close';

/** First line and headers of an answer. */
export interface AnswerHead {
  readonly status: number;
  /** Name, value, name, value… as they came. */
  readonly rawHeaders: readonly string[];
  readonly framing: Framing;
  /** Bytes of the body where framing is `length`, else 0. */
  readonly length: number;
  /** Another request may follow on the same connection. */
  readonly keepAlive: boolean;
  /** How long the other side keeps the connection, where it says so. Milliseconds. */
  readonly keepAliveMs: number | undefined;
}

/** An answer that does not speak HTTP/1.1 as RFC 9112 has it. Its connection cannot be used any more. */
export class MalformedAnswer extends Error {
  override readonly name = 'MalformedAnswer';
}

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d{2})(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const headerLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/;

/** Reads a head, latin1, without the empty line that ends it. Throws MalformedAnswer. Where two readers could disagree on where the body ends, there is no answer or no next request (RFC 9112 §6.3). */
export function parseAnswerHead(text: string): AnswerHead {
  const [first = '', ...lines] = text.split('\r\n');
  const [, minor, digits] = statusLine.exec(first) ?? malformed('invalid first line', first);
  const rawHeaders = lines.flatMap((line) => {
    const [, name = '', value = ''] = headerLine.exec(line) ?? malformed('invalid header', line);
    return [name, value.replace(/[\t ]+$/, '')];
  });
  const status = Number(digits);
  const codings = listOf(rawHeaders, 'transfer-encoding');
  const length = lengthOf(rawHeaders);
  const framing = framingOf(status, codings, length);
  const connection = listOf(rawHeaders, 'connection');
  const isPersistent = minor === '1' ? !connection.includes('close') : connection.includes('keep-alive') && !connection.includes('close');
  const isAmbiguous = codings.length > 0 && (length !== undefined || minor === '0');
  return {
    status,
    rawHeaders,
    framing,
    length: framing === 'length' ? (length ?? 0) : 0,
    keepAlive: isPersistent && framing !== 'close' && !isAmbiguous && status !== 101,
    keepAliveMs: keepAliveMs(rawHeaders),
  };
}

function framingOf(status: number, codings: readonly string[], length: number | undefined): Framing {
  if (status < 200 || status === 204 || status === 304) return 'none';
  if (codings.length > 0) return codings.at(-1) === 'chunked' ? 'chunked' : 'close';
  return length === undefined ? 'close' : 'length';
}

function lengthOf(rawHeaders: readonly string[]): number | undefined {
  const values = [...new Set(listOf(rawHeaders, 'content-length'))];
  if (values.length === 0) return undefined;
  const [value = ''] = values;
  return values.length === 1 && /^\d{1,15}$/.test(value) ? Number(value) : malformed('invalid Content-Length', values.join(', '));
}

function keepAliveMs(rawHeaders: readonly string[]): number | undefined {
  const seconds = listOf(rawHeaders, 'keep-alive').map((hint) => /^timeout=(\d{1,9})$/.exec(hint)?.[1]).find((found) => found !== undefined);
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

/** Elements of a header that is a list, of all its lines, in lower case. */
function listOf(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders
    .filter((_value, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name)
    .flatMap((value) => value.toLowerCase().split(',').map((element) => element.trim()))
    .filter((element) => element !== '' || name === 'content-length');
}

function malformed(what: string, text: string): never {
  throw new MalformedAnswer(`${what}: ${JSON.stringify(text.slice(0, 80))}`);
}

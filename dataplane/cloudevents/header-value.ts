import { shown, shownName } from './attributes.ts';
import { InvalidEventError } from './event.ts';
import { utf8 } from './structured-document.ts';

const plain = /^[\x21\x23-\x24\x26-\x7e]*$/;

/** The value of an attribute from that of its HTTP header, as Node gives it (latin1). What is in percent code must be UTF-8, else it throws InvalidEventError; bytes as they are may be Latin-1 as well, for that is what some SDKs send. */
export function decodeHeaderValue(name: string, header: string): string {
  if (plain.test(header)) return header;
  const isUtf8 = utf8(Buffer.from(header, 'latin1')) !== undefined;
  const bytes = Buffer.from(percentDecoded(unquoted(isUtf8 ? header : Buffer.from(header).toString('latin1'))), 'latin1');
  const value = utf8(bytes);
  if (value === undefined) throw new InvalidEventError(`attribute ${shownName(name)} is not UTF-8: ${shown(header)}`);
  return value;
}

/** The value of an HTTP header from that of an attribute: what is not visible ASCII, and quotes and percent signs, in percent code. */
export function encodeHeaderValue(value: string): string {
  return plain.test(value) ? value : value.toWellFormed().replaceAll(/[^\x21\x23-\x24\x26-\x7e]+/g, encodeURIComponent);
}

function unquoted(header: string): string {
  return header.length > 1 && header.startsWith('"') && header.endsWith('"') ? header.slice(1, -1).replaceAll(/\\(.)/g, '$1') : header;
}

function percentDecoded(text: string): string {
  return text.replaceAll(/%([0-9A-Fa-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

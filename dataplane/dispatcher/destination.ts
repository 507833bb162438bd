import { bounded } from './bounded-text.ts';

/** Where a request goes, or why none does. */
export type DestinationAddress =
  | {
      readonly secure: boolean;
      /** A name, an address, or an IPv6 address in brackets. */
      readonly host: string;
      readonly port: number;
      /** As the `Host` header has it. */
      readonly authority: string;
      /** With the query. */
      readonly path: string;
    }
  | { readonly refused: string };

const defaultPorts = { 'http:': 80, 'https:': 443 } as const;

/** Reads an address as a subscription gives it: http or https, absolute, without credentials. */
export function destinationAddress(url: string): DestinationAddress {
  const parsed = URL.parse(url);
  if (!parsed) return { refused: 'not an absolute URL' };
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') return { refused: `the scheme ${shownUrl(parsed.protocol)} is not allowed: use http or https` };
  if (parsed.username !== '' || parsed.password !== '') return { refused: 'credentials in the URL are not allowed' };
  const secure = parsed.protocol === 'https:';
  return { secure, host: parsed.hostname, port: Number(parsed.port) || defaultPorts[parsed.protocol], authority: parsed.host, path: parsed.pathname + parsed.search };
}

/** An address as it may be handed on: without credentials. */
export function withoutCredentials(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:[/\\]*)[^/\\?#]*@/i, '$1');
}

/** An address for people: without credentials, on one line, no longer than 256 characters. */
export function shownUrl(url: string): string {
  return bounded(withoutCredentials(url).replaceAll(/[\x00-\x1f\x7f]+/g, ' '));
}

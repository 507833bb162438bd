import { isIP } from 'node:net';

/** An administrator's list of where events may or may not go, `EGRESS_ALLOW` or `EGRESS_DENY`: the hooks hand it on, the dispatchers keep to it. */
export interface EgressList {
  /** Addresses and CIDR ranges. */
  readonly ranges: readonly string[];
  /** Names, and patterns with `*`. */
  readonly names: readonly string[];
}

export interface AddressRange {
  readonly address: string;
  readonly bits: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Entries separated by commas. Throws an error that names the entry which is neither address, range nor name. */
export function parseEgressList(variable: string, list: string): EgressList {
  const texts = list.split(',').map((text) => text.trim()).filter((text) => text !== '');
  const ranges = texts.filter((text) => parseRange(text));
  const names = texts.filter((text) => !parseRange(text));
  const wrong = names.find((text) => !isNamePattern(text));
  if (wrong !== undefined) throw new Error(`${variable}: ${JSON.stringify(wrong)} is no address, CIDR range or name: separate entries by commas`);
  return { ranges, names };
}

/** An address or a CIDR range; undefined for anything else. */
export function parseRange(text: string): AddressRange | undefined {
  const [address = '', bits, more] = withoutZone(text).split('/');
  const family = isIP(address);
  const most = family === 6 ? 128 : 32;
  if (family === 0 || more !== undefined || (bits !== undefined && (!/^\d{1,3}$/.test(bits) || Number(bits) > most))) return undefined;
  return { address, bits: bits === undefined ? most : Number(bits), family: family === 6 ? 'ipv6' : 'ipv4' };
}

/** `fe80::1%eth0` names an interface of this machine behind the address. */
export function withoutZone(address: string): string {
  return address.replace(/%.*$/, '');
}

/** A name, or a pattern with `*`, as settings give it. */
function isNamePattern(text: string): boolean {
  return /^[a-z0-9*]([-a-z0-9_.*]*[a-z0-9*])?\.?$/i.test(text) && !/^[\d.]+$/.test(text);
}

import { BlockList, isIP } from 'node:net';

/** Addresses and ranges, IPv4 ones also in every form in which IPv6 carries them: mapped, compatible, translated (NAT64), 6to4. */
export class AddressList {
  readonly #list = new BlockList();

  constructor(ranges: Iterable<string> = []) {
    for (const range of ranges) this.#add(range);
  }

  has(address: string): boolean {
    const unscoped = withoutZone(address);
    const family = isIP(unscoped);
    return family !== 0 && this.#list.check(unscoped, family === 6 ? 'ipv6' : 'ipv4');
  }

  #add(range: string): void {
    const { address, bits, family } = parseRange(range) ?? raise(range);
    this.#list.addSubnet(address, bits, family);
    if (family === 'ipv6') return;
    // BlockList itself knows mapped addresses (::ffff:0:0/96).
    for (const prefix of ['::', '64:ff9b::']) this.#list.addSubnet(`${prefix}${address}`, 96 + bits, 'ipv6');
    this.#list.addSubnet(`2002:${hexGroups(address)}::`, 16 + bits, 'ipv6');
  }
}

export interface AddressRange {
  readonly address: string;
  readonly bits: number;
  readonly family: 'ipv4' | 'ipv6';
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
function withoutZone(address: string): string {
  return address.replace(/%.*$/, '');
}

function raise(range: string): never {
  throw new Error(`${JSON.stringify(range)} is neither an address nor a CIDR range`);
}

function hexGroups(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

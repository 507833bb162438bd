import { BlockList, isIP } from 'node:net';

import { parseRange, withoutZone } from '../../../contract/egress-list.ts';

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

function raise(range: string): never {
  throw new Error(`${JSON.stringify(range)} is neither an address nor a CIDR range`);
}

function hexGroups(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

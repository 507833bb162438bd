/** Where no event goes unless it is allowed by hand: this machine, its links, the clouds' metadata services, and what is no single host. */
export const forbiddenRanges: readonly (readonly [what: string, ...ranges: string[]])[] = [
  ['an unspecified address', '0.0.0.0/8', '::/128'],
  ['a loopback address', '127.0.0.0/8', '::1/128'],
  ['a link-local address', '169.254.0.0/16', 'fe80::/10', 'fec0::/10'],
  ['an address of a metadata service', '100.100.100.200/32', '168.63.129.16/32', '192.0.0.192/32', 'fd00:ec2::254/128', 'fd20:ce::254/128'],
  ['a multicast, broadcast or reserved address', '192.0.0.0/29', '224.0.0.0/4', '240.0.0.0/4', 'ff00::/8'],
];

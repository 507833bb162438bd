/** Of a name that may be one label of the DNS (RFC 1123), as the text of a regular expression. */
export const dnsLabel = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';

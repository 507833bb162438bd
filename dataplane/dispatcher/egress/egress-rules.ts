import { parseEgressList } from '../../../contract/egress-list.ts';
import { AddressList } from './address-list.ts';
import { forbiddenRanges } from './forbidden-ranges.ts';
import { canonicalName, isInNamespace, matchesName } from './host-names.ts';

export interface EgressSettings {
  /** Addresses, CIDR ranges and names, separated by commas, that are allowed whatever else is said. */
  readonly allow?: string;
  /** The same, refused beside what always is. A name stands for its addresses too. */
  readonly deny?: string;
  /** Where the dispatcher runs: its Services are refused by name, but for those that take events. */
  readonly systemNamespace?: string;
}

/** Services of the system namespace that take events from anybody: channels, and what Knative Eventing itself puts behind a subscription. */
const eventServices = ['*-kn-channel', 'kafka-receiver-*', 'broker-ingress', 'broker-filter', 'imc-dispatcher', 'job-sink', 'request-reply', 'kafka-broker-ingress', 'kafka-channel-ingress', 'kafka-sink-ingress'];

/** Decides by name and by address where events may go. Pure: it resolves nothing. */
export class EgressRules {
  /** Names whose addresses are refused as well. */
  readonly deniedHosts: readonly string[];
  readonly #systemNamespace: string | undefined;
  readonly #allowed: { readonly addresses: AddressList; readonly names: readonly string[] };
  readonly #denied: { readonly addresses: AddressList; readonly names: readonly string[] };
  readonly #forbidden = forbiddenRanges.map(([what, ...ranges]) => ({ what, addresses: new AddressList(ranges) }));

  /** Throws an error that names the entry which is neither address, range nor name. */
  constructor({ allow = '', deny = '', systemNamespace }: EgressSettings) {
    const [allowed, denied] = [parseEgressList('EGRESS_ALLOW', allow), parseEgressList('EGRESS_DENY', deny)];
    const canonical = (names: readonly string[]): string[] => names.map((name) => canonicalName(name, systemNamespace));
    this.#systemNamespace = systemNamespace;
    this.#allowed = { addresses: new AddressList(allowed.ranges), names: [...canonical(allowed.names), ...(systemNamespace === undefined ? [] : eventServices.map((service) => `${service}.${systemNamespace}`))] };
    this.#denied = { addresses: new AddressList(denied.ranges), names: canonical(denied.names) };
    this.deniedHosts = denied.names.filter((name) => !name.includes('*'));
  }

  /** Why a host is refused by its name, in a few words; undefined where it is not. */
  refusalOfName(host: string): string | undefined {
    const name = canonicalName(host, this.#systemNamespace);
    if (this.#allowed.names.some((pattern) => matchesName(name, pattern))) return undefined;
    if (this.#denied.names.some((pattern) => matchesName(name, pattern))) return 'a name that the settings deny';
    if (this.#systemNamespace !== undefined && isInNamespace(name, this.#systemNamespace)) return `in the system namespace ${this.#systemNamespace}`;
    return undefined;
  }

  /** Why an address is refused; `denied`: the addresses of the denied hosts now. */
  refusalOfAddress(address: string, denied: AddressList): string | undefined {
    if (this.#allowed.addresses.has(address)) return undefined;
    const forbidden = this.#forbidden.find(({ addresses }) => addresses.has(address));
    if (forbidden) return forbidden.what;
    if (this.#denied.addresses.has(address)) return 'an address that the settings deny';
    return denied.has(address) ? 'an address of Kafka, or of a host that the settings deny' : undefined;
  }
}

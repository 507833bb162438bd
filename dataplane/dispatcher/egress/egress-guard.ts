import { lookup as dnsLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';

import { AddressList } from './address-list.ts';
import type { EgressRules } from './egress-rules.ts';

export interface HostAddress {
  readonly address: string;
  readonly family: number;
}

export interface EgressGuardOptions {
  readonly rules: EgressRules;
  /** Hosts of Kafka, as far as they are known now. */
  readonly kafkaHosts: () => readonly string[];
  /** Every address of a name. */
  readonly lookup?: (host: string) => Promise<readonly HostAddress[]>;
  /** Milliseconds. */
  readonly now?: () => number;
}

/** Said of a destination that no event goes to: no other attempt can help. */
export class EgressRefused extends Error {
  override readonly name = 'EgressRefused';
  readonly code = 'KFC_EGRESS_REFUSED';

  constructor(host: string, refusal: string) {
    super(`not allowed: ${host} is ${refusal}: use another address, or have it allowed by EGRESS_ALLOW`);
  }
}

/** How long the addresses of denied hosts count, and how long where one of them could not be resolved yet. */
const deniedForMs = { all: 30_000, some: 1000 } as const;
const lookUpAtMostMs = 2000;

/** Stands before every connection: what is checked is the address that is then connected to. */
export class EgressGuard {
  readonly #options: EgressGuardOptions;
  readonly #resolve: (host: string) => Promise<readonly HostAddress[]>;
  /** Last addresses of each denied host; they stay while its name cannot be resolved. */
  readonly #addresses = new Map<string, readonly string[]>();
  /** Names that are being resolved for connections. */
  readonly #asked = new Map<string, Promise<readonly HostAddress[]>>();
  #denied = new AddressList();
  #deniedUntil = -Infinity;
  #resolving: Promise<void> | undefined;

  constructor(options: EgressGuardOptions) {
    this.#options = options;
    this.#resolve = options.lookup ?? ((host) => dnsLookup(host, { all: true }));
  }

  /** Rejects with EgressRefused where the host may not be connected to by its name, or as the address that it is. */
  async admit(host: string): Promise<void> {
    const address = host.replace(/^\[(.*)\]$/, '$1');
    const refusal = isIP(address) ? this.#options.rules.refusalOfAddress(address, await this.#deniedNow()) : this.#options.rules.refusalOfName(host);
    if (refusal !== undefined) throw new EgressRefused(host, refusal);
  }

  /** The resolver that sockets are given: hands out allowed addresses only. */
  readonly lookup: LookupFunction = (host, { all }, callback) => {
    this.#allowedAddresses(host).then(
      (found) => (all ? callback(null, [...found]) : callback(null, found[0]?.address ?? '', found[0]?.family)),
      (error: unknown) => callback(error as NodeJS.ErrnoException, ''),
    );
  };

  async #allowedAddresses(host: string): Promise<readonly HostAddress[]> {
    const [found, denied] = await Promise.all([this.#addressesOf(host), this.#deniedNow()]);
    const judged = found.map((one) => ({ one, refusal: this.#options.rules.refusalOfAddress(one.address, denied) }));
    const refused = judged.find(({ refusal }) => refusal !== undefined);
    const allowed = judged.filter(({ refusal }) => refusal === undefined).map(({ one }) => one);
    if (allowed.length === 0 && refused?.refusal !== undefined) throw new EgressRefused(host, `${refused.one.address}, ${refused.refusal}`);
    return allowed;
  }

  /** One question for all who ask at the same time: the system answers two at once, and a name whose server is silent would keep those of others waiting. */
  #addressesOf(host: string): Promise<readonly HostAddress[]> {
    const asked = this.#asked.get(host) ?? this.#resolve(host).finally(() => this.#asked.delete(host));
    this.#asked.set(host, asked);
    return asked;
  }

  async #deniedNow(): Promise<AddressList> {
    const { now = performance.now.bind(performance) } = this.#options;
    if (now() >= this.#deniedUntil) {
      this.#resolving ??= this.#resolveDenied().then((known) => {
        this.#deniedUntil = now() + deniedForMs[known];
        this.#resolving = undefined;
      });
      await this.#resolving;
    }
    return this.#denied;
  }

  /** Says whether every host has an address by now. */
  async #resolveDenied(): Promise<'all' | 'some'> {
    const hosts = [...new Set([...this.#options.rules.deniedHosts, ...this.#options.kafkaHosts()])];
    const patience = AbortSignal.timeout(lookUpAtMostMs);
    const tooLong = new Promise<undefined>((resolve) => patience.addEventListener('abort', () => resolve(undefined), { once: true }));
    await Promise.all(
      hosts.map(async (host) => {
        const found = isIP(host) ? [{ address: host }] : await Promise.race([this.#resolve(host).catch(() => undefined), tooLong]);
        if (found) this.#addresses.set(host, found.map(({ address }) => address));
      }),
    );
    for (const host of this.#addresses.keys()) if (!hosts.includes(host)) this.#addresses.delete(host);
    this.#denied = new AddressList([...this.#addresses.values()].flat());
    return hosts.every((host) => this.#addresses.has(host)) ? 'all' : 'some';
  }
}

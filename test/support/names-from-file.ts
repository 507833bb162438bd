import type { LookupAddress } from 'node:dns';
import dns from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';

/** What a name server says of every name that ends with .test: an address, or why there is none, after a while. */
export interface NameAnswer {
  readonly address?: string;
  readonly error?: string;
  readonly afterMs?: number;
}

/** Loaded into a process by `--import`: names that end with .test are resolved by the file that NAMES_FILE names. */
const file = process.env['NAMES_FILE'];
const systemLookup = dns.lookup;

async function lookup(host: string, options: { all: true }): Promise<LookupAddress[]> {
  if (file === undefined || !host.endsWith('.test')) return await systemLookup(host, options);
  const { address, error, afterMs = 0 } = JSON.parse(await readFile(file, 'utf8')) as NameAnswer;
  await delay(afterMs);
  if (error !== undefined || address === undefined) throw Object.assign(new Error(`getaddrinfo ${error ?? 'ENOTFOUND'} ${host}`), { code: error ?? 'ENOTFOUND' });
  return [{ address, family: 4 }];
}

dns.lookup = lookup as typeof dns.lookup;
syncBuiltinESMExports();

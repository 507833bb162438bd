import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import type { Registry } from 'prom-client';
import { Gauge } from 'prom-client';

/** Has a process tell which build it is. `gitHead` is npm's name for the commit that a package was made from. */
export function registerBuildInfo(registry: Registry, component: 'hooks' | 'receiver' | 'dispatcher', packageFile = findPackageJSON(import.meta.url)): void {
  const { version = '', gitHead = '' } = packageFile === undefined ? {} : (JSON.parse(readFileSync(packageFile, 'utf8')) as { version?: string; gitHead?: string });
  new Gauge({
    name: 'kafkachannel_build_info',
    help: 'Which build runs; always 1',
    labelNames: ['component', 'version', 'revision'] as const,
    // Of several workers, too, which are one receiver.
    aggregator: 'max',
    registers: [registry],
  }).set({ component, version, revision: gitHead }, 1);
}

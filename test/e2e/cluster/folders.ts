import { homedir } from 'node:os';
import { join } from 'node:path';

/** What is built once and kept: outside the work tree, keyed by versions. */
export function cacheFolder(): string {
  return process.env['KNATIVE_KAFKA_CACHE'] ?? join(homedir(), '.cache', 'knative-kafka');
}

/** What one running cluster needs; one cluster a machine, because bridge, ports and iptables chains are the machine's. */
export const stateFolder = join(cacheFolder(), 'cluster');

export const kubeconfigFile = join(stateFolder, 'kubeconfig');

export const projectFolder = join(import.meta.dirname, '..', '..', '..');

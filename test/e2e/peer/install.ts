import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Kubernetes } from '../kubernetes.ts';
import { restrictedNamespace, shippedNamespace } from '../system.ts';
import { caBundlePatch, channelDefinition, internalDefinitions, workloads } from './objects.ts';

/** A cluster in which the peer runs, and a namespace for its channels. */
export async function peerInstalled(kubernetes: Kubernetes, namespace: string): Promise<void> {
  await kubernetes.apply(await readFile(join(import.meta.dirname, '..', 'metacontroller', 'stand-in', 'crds.yaml'), 'utf8'));
  await peerDefinitions(kubernetes);
  await kubernetes.apply([restrictedNamespace(shippedNamespace), restrictedNamespace(namespace), ...workloads()]);
  for (const workload of ['deployment/kafka-controller', 'statefulset/kafka-channel-dispatcher']) await kubernetes.run('rollout', 'status', workload, '-n', shippedNamespace, '--timeout=60s');
}

async function peerDefinitions(kubernetes: Kubernetes): Promise<void> {
  // The peer's definition would be merged into ours.
  await kubernetes.run('delete', 'crd', channelDefinition.metadata.name, '--ignore-not-found', '--timeout=60s');
  await kubernetes.apply([channelDefinition, ...internalDefinitions], '--field-manager=peer');
  await kubernetes.run('patch', 'crd', channelDefinition.metadata.name, '--type=merge', '-p', JSON.stringify(caBundlePatch), '--field-manager=webhook');
  await kubernetes.run('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
}

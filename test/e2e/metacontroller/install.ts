import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

import type { Cluster } from '../cluster/cluster.ts';
import { projectFolder } from '../cluster/folders.ts';

/** As the published manifests name it. */
export const metacontrollerImage = 'ghcr.io/metacontroller/metacontroller:v4.17.2';

/**
 * What `metacontroller/install` renders, with a stand-in for the published manifests, which cannot be fetched everywhere:
 * the patches, and so arguments and role, are the shipped ones.
 */
export async function renderMetacontroller(cluster: Cluster): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-metacontroller-'));
  try {
    await cp(join(projectFolder, 'metacontroller', 'install'), folder, { recursive: true });
    await cp(join(import.meta.dirname, 'stand-in'), join(folder, 'stand-in'), { recursive: true });
    const file = join(folder, 'kustomization.yaml');
    const kustomization = parse(await readFile(file, 'utf8')) as { resources: string[] };
    await writeFile(file, stringify({ ...kustomization, resources: ['stand-in'] }));
    return await cluster.kubectl(['kustomize', folder]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stringify } from 'yaml';

import { projectFolder } from './cluster/folders.ts';
import type { Kubernetes } from './kubernetes.ts';

export interface Overlay {
  readonly namespace?: string;
  /** Folders of the project. */
  readonly components?: readonly string[];
}

/** What an overlay of a user renders over the base. */
export async function renderOverlay(kubernetes: Kubernetes, { components = [], ...overlay }: Overlay): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-overlay-'));
  const project = relative(folder, projectFolder);
  try {
    const kustomization = { resources: [project], components: components.map((component) => join(project, component)), ...overlay };
    await writeFile(join(folder, 'kustomization.yaml'), stringify(kustomization));
    return await kubernetes.run('kustomize', folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stringify } from 'yaml';

import { projectFolder } from './cluster/folders.ts';
import type { Kubernetes } from './kubernetes.ts';
import { systemNamespace } from './system.ts';

export interface Overlay {
  readonly namespace?: string;
  /** Folders of the project. */
  readonly components?: readonly string[];
  readonly patches?: readonly object[];
}

/** What an overlay of a user renders over the base. */
export function renderOverlay(kubernetes: Kubernetes, overlay: Overlay): Promise<string> {
  return withOverlay(overlay, (folder) => kubernetes.run('kustomize', folder));
}

/** The operator as the suite has it installed. */
export function renderOperator(kubernetes: Kubernetes, ...components: string[]): Promise<string> {
  return renderOverlay(kubernetes, { namespace: systemNamespace, components });
}

/** A folder with the kustomization of a user, for as long as it is needed. */
export async function withOverlay<T>({ components = [], ...overlay }: Overlay, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-overlay-'));
  const project = relative(folder, projectFolder);
  try {
    const kustomization = { resources: [project], components: components.map((component) => join(project, component)), ...overlay };
    await writeFile(join(folder, 'kustomization.yaml'), stringify(kustomization));
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { projectFolder } from './cluster/folders.ts';
import type { Kubernetes } from './kubernetes.ts';

/** Starts subscribers like those of the quick start under names of their own, and waits for them. */
export async function startSubscribers(kubernetes: Kubernetes, namespace: string, ...names: string[]): Promise<void> {
  const text = await readFile(join(projectFolder, 'examples', 'quickstart', 'subscribers.yaml'), 'utf8');
  const objects = parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);
  const sample = objects.find(({ kind }) => kind === 'Deployment')?.metadata.name ?? '';
  const scripts = objects.filter(({ kind }) => kind === 'ConfigMap');
  const subscriber = objects.filter(({ metadata }) => metadata.name === sample);
  const copies = names.flatMap((name) => JSON.parse(JSON.stringify(subscriber).replaceAll(sample, name)) as KubernetesObject[]);
  const placed = [...scripts, ...copies].map((object) => ({ ...object, metadata: { ...object.metadata, namespace } }));
  await kubernetes.apply(placed);
  for (const name of names) await kubernetes.rolledOut(name, namespace);
}

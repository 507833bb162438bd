import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';

import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import type { Health } from '../support/argo-health.ts';
import { argoHealth } from '../support/argo-health.ts';
import { projectFolder } from './cluster/folders.ts';

const customizations = join(projectFolder, 'components', 'argocd', 'resource_customizations');

function folderOf({ apiVersion, kind }: KubernetesObject): string {
  return join(customizations, apiVersion.split('/')[0] ?? '', kind);
}

/** What Argo CD says of an object. */
export async function healthOf(object: KubernetesObject): Promise<Health> {
  return argoHealth(await readFile(join(folderOf(object), 'health.lua'), 'utf8'), object);
}

/** Keeps an object as a test of the health checks, without what differs from one cluster to the next. */
export async function keepAsTestdata(name: string, object: KubernetesObject): Promise<void> {
  const folder = join(folderOf(object), 'testdata');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.yaml`), stringify(withoutChance(object), { lineWidth: 160, aliasDuplicateObjects: false }));
}

/** Times, ids, addresses. */
const chances: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '2026-11-22T09:00:00Z'],
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '8c7e2f0a-0f1b-4d5e-9a57-2a1f7b6c3d10'],
  [/\b10\.244\.\d+\.\d+:\d+/g, 'kafka.example:9092'],
];

function withoutChance({ apiVersion, kind, metadata, ...rest }: KubernetesObject): unknown {
  const { name, namespace, labels, annotations, generation, finalizers, deletionTimestamp } = metadata;
  const kept = { name, namespace, labels, annotations: annotations && Object.fromEntries(Object.entries(annotations).filter(([key]) => !key.includes('last-applied'))), generation, finalizers, deletionTimestamp };
  const text = JSON.stringify({ apiVersion, kind, metadata: kept, ...rest }, (key, value: unknown) => (key === 'controller-uid' ? undefined : value));
  return JSON.parse(chances.reduce((changed, [seen, fixed]) => changed.replaceAll(seen, fixed), text));
}

import { mkdir, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { KubernetesObject } from '../../hooks/metacontroller.ts';

/** What a volume holds, by path below it. */
export type VolumeFiles = ReadonlyMap<string, Buffer>;

/** Files of a ConfigMap or Secret, those of `items` only where there are any. */
export function filesOf(object: KubernetesObject | undefined, items?: readonly { key: string; path: string }[]): VolumeFiles {
  const encoding = object?.kind === 'Secret' ? 'base64' : 'utf8';
  const data = (object?.['data'] ?? {}) as Record<string, string>;
  const paths = items ?? Object.keys(data).map((key) => ({ key, path: key }));
  return new Map(paths.filter(({ key }) => data[key] !== undefined).map(({ key, path }) => [path, Buffer.from(data[key] ?? '', encoding)]));
}

/**
 * Writes a volume as kubelet does: all files in a new folder, then one link is turned to it. So a reader sees the old files or the new ones, never a mixture.
 * Readable by this user only, for a volume may be a Secret.
 */
export async function writeVolume(folder: string, files: VolumeFiles): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const link = join(folder, '..data');
  const old = await readlink(link).catch(() => undefined);
  const next = `..${Date.now()}-${Math.random().toString(36).slice(2, 8)}`;
  for (const [path, content] of files) {
    await mkdir(dirname(join(folder, next, path)), { recursive: true, mode: 0o700 });
    await writeFile(join(folder, next, path), content, { mode: 0o600 });
  }
  await mkdir(join(folder, next), { recursive: true });
  await symlink(next, `${link}_tmp`);
  await rename(`${link}_tmp`, link);
  await linkNames(folder, new Set([...files.keys()].map((path) => path.split('/')[0] ?? '')));
  if (old !== undefined) await rm(join(folder, old), { recursive: true, force: true });
}

async function linkNames(folder: string, names: ReadonlySet<string>): Promise<void> {
  const present = (await readdir(folder)).filter((name) => !name.startsWith('..'));
  await Promise.all(present.filter((name) => !names.has(name)).map((name) => rm(join(folder, name), { force: true })));
  await Promise.all([...names].filter((name) => !present.includes(name)).map((name) => symlink(join('..data', name), join(folder, name))));
}

import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { output } from './command.ts';
import { unmountAll } from './mounts.ts';
import { cacheFolder } from './folders.ts';

const storeFolder = join(cacheFolder(), 'images');

/** buildah with a store of its own, so that nothing of the machine's is touched. The store is a cache. */
export function buildah(args: readonly string[]): Promise<string> {
  return output('buildah', ['--storage-driver', 'overlay', '--root', storeFolder, '--runroot', join(storeFolder, 'run'), ...args], { timeoutMs: 900_000 });
}

const mostUnnamed = 40;

/** Removes what builds that were cut short left, mounts included, and old layers once they are many: they are the cache of later builds. */
export async function tidyStore(): Promise<void> {
  if (!existsSync(storeFolder)) return;
  await buildah(['rm', '--all']);
  const unnamed = (await buildah(['images', '--quiet', '--filter', 'dangling=true'])).split('\n').filter(Boolean);
  if (unnamed.length > mostUnnamed) await buildah(['rmi', '--prune']);
  await unmountAll(storeFolder);
}

/** Builds an image from a folder with a Dockerfile. */
export async function build(image: string, folder: string, args: readonly string[] = []): Promise<void> {
  await buildah(['bud', '--isolation', 'chroot', '--quiet', '--layers', '--tag', image, ...args, folder]);
}

/** An image as a file that containerd imports; the caller removes it. */
export async function archive(image: string, folder: string): Promise<string> {
  const file = join(folder, `${image.replaceAll(/[^\w.-]/g, '-')}.tar`);
  await rm(file, { force: true });
  await buildah(['push', '--quiet', image, `docker-archive:${file}:${image}`]);
  return file;
}

/** What keeps a pod's namespaces: a process that sleeps. */
export async function buildPauseImage(): Promise<string> {
  const image = 'localhost/pause:1';
  await fromScratch(image, async (folder) => {
    await copyFile('/bin/busybox', join(folder, 'sleep'));
    await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY sleep /sleep\nENTRYPOINT ["/sleep", "2147483647"]\n');
  });
  return image;
}

/** Builds an image from files laid into a folder that lives as long as the build. */
export async function fromScratch(image: string, lay: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-image-'));
  try {
    await mkdir(folder, { recursive: true });
    await lay(folder);
    await build(image, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

import { chmod, copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { buildBaseImage } from './base-image.ts';
import type { Cluster } from './cluster.ts';
import { hasDocker } from './cluster.ts';
import { output } from './command.ts';
import { projectFolder } from './folders.ts';
import { build, fromScratch } from './images.ts';

/** Final stages of the Dockerfile, by the names that the manifests use. */
export const projectImages = ['hooks', 'channel', 'dispatcher'].map((stage) => ({ stage, image: `knative-kafka/${stage}:0.1.0` }));

/** Image of the sample subscribers. */
export const nodeImage = 'node:24-bookworm-slim';

/** Builds the images from the Dockerfile as it is and puts them into the node. */
export async function loadProjectImages(cluster: Cluster, progress: (text: string) => void): Promise<void> {
  const docker = await hasDocker();
  if (!docker) {
    progress('building a base image from this machine');
    await buildBaseImage();
  }
  for (const { stage, image } of projectImages) {
    progress(`building ${image}`);
    if (docker) await output('docker', ['build', '--target', stage, '--tag', image, projectFolder], { timeoutMs: 900_000 });
    else await build(image, projectFolder, ['--target', stage]);
    await cluster.load(image);
  }
  if (docker) await output('docker', ['pull', '--quiet', nodeImage], { timeoutMs: 600_000 });
  await cluster.load(nodeImage);
}

/** An image with a Metacontroller that was built elsewhere, under the name that its published manifests use. */
export function loadMetacontrollerImage(cluster: Cluster, image: string, binary: string): Promise<void> {
  return loadBinaryImage(cluster, image, binary, '/usr/bin/metacontroller');
}

/** An image of one static binary at a path. */
export async function loadBinaryImage(cluster: Cluster, image: string, binary: string, path: string): Promise<void> {
  await fromScratch(image, async (folder) => {
    await copyFile(binary, join(folder, 'binary'));
    await chmod(join(folder, 'binary'), 0o755);
    await writeFile(join(folder, 'Dockerfile'), `FROM scratch\nCOPY binary ${path}\n`);
  });
  await cluster.load(image);
}

import { createHash } from 'node:crypto';
import { join } from 'node:path';

import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import type { ObjectStore } from '../metacontroller/store.ts';
import { volumeFiles } from './lookup.ts';
import { templateOf } from './plan.ts';
import { podOf } from './pod-object.ts';
import type { VolumeFiles } from './volume.ts';
import { writeVolume } from './volume.ts';

/** The volumes of a Deployment's pod as folders, written again when what they show has changed. */
export class Volumes {
  readonly #folder: string;
  readonly #written = new Map<string, string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Settles with whether everything that the volumes need is there. */
  async write(deployment: KubernetesObject, store: ObjectStore): Promise<boolean> {
    for (const volume of templateOf(deployment).spec.volumes ?? []) {
      const files = volumeFiles(volume, podOf(deployment), store);
      if (!files) return false;
      const digest = digestOf(files);
      if (this.#written.get(volume.name) !== digest) await writeVolume(join(this.#folder, volume.name), files);
      this.#written.set(volume.name, digest);
    }
    return true;
  }
}

function digestOf(files: VolumeFiles): string {
  const hash = createHash('sha256');
  for (const [path, content] of files) hash.update(`${path}\0${content.length}\0`).update(content);
  return hash.digest('hex');
}

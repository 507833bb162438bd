import { readFile, rename, writeFile } from 'node:fs/promises';

import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { withoutField } from '../without-field.ts';
import type { ObjectStore } from '../metacontroller/store.ts';

interface ObjectsFile {
  /** Which Kafka the objects' status speaks of. */
  kafka: string;
  objects: KubernetesObject[];
}

/** Objects of earlier runs on this Kafka, so that topics and offsets that were made are known as ours; none where they speak of another Kafka. */
export async function earlierObjects(file: string, kafka: string): Promise<KubernetesObject[]> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  try {
    const kept = JSON.parse(text) as ObjectsFile;
    return kept.kafka === kafka ? kept.objects.map(withoutOldState) : [];
  } catch {
    return [];
  }
}

/** What ran then does not run now. */
function withoutOldState(object: KubernetesObject): KubernetesObject {
  if (object.kind !== 'Deployment') return object;
  return withoutField<KubernetesObject, string>(object, 'status') as KubernetesObject;
}

/** Writes the store's objects after each change, soon and never half. Secrets are not kept: the Kafka's is made anew in each run, others come from the manifests. */
export class ObjectsFileWriter {
  readonly #file: string;
  readonly #kafka: string;
  readonly #store: ObjectStore;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: string, kafka: string, store: ObjectStore) {
    this.#file = file;
    this.#kafka = kafka;
    this.#store = store;
    store.onChange(() => (this.#timer ??= setTimeout(() => this.#write(), 100)));
  }

  /** Settles when the last change is on the disk. */
  async flush(): Promise<void> {
    this.#write();
    await this.#writing;
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#replace()).catch(() => undefined);
  }

  async #replace(): Promise<void> {
    const content: ObjectsFile = { kafka: this.#kafka, objects: this.#store.all().filter(({ kind }) => kind !== 'Secret' && kind !== 'Pod') };
    await writeFile(`${this.#file}.next`, JSON.stringify(content), { mode: 0o600 });
    await rename(`${this.#file}.next`, this.#file);
  }
}

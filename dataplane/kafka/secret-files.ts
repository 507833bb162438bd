import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { SecretData } from '../../contract/kafka-connection.ts';

/** Data of a Kafka Secret from the folder it is mounted in, one file a key. Throws where the folder cannot be read. */
export async function readSecretFiles(folder: string): Promise<SecretData> {
  const entries = await readdir(folder).catch((error: unknown) => {
    throw new Error(`Kafka Secret: folder ${JSON.stringify(folder)} cannot be read: mount the Secret there`, { cause: error });
  });
  // Beside the keys, kubelet keeps its own folders there, whose names start with two dots.
  const keys = entries.filter((name) => !name.startsWith('..')).sort();
  const files = await Promise.all(keys.map(async (key) => [key, await text(join(folder, key))] as const));
  return new Map(files.filter((file): file is [string, string] => file[1] !== undefined));
}

async function text(file: string): Promise<string | undefined> {
  return await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'EISDIR') return undefined;
    throw error;
  });
}

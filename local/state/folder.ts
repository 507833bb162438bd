import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { StartError } from '../start-error.ts';

/** Version of the folder's layout; another number is another version's folder. */
const format = 1;

/** Where local mode keeps what it has to keep, beside the manifests. */
export interface StateFolder {
  readonly path: string;
  readonly kafka: string;
  readonly pods: string;
  readonly logs: string;
  readonly objectsFile: string;
  readonly runFile: string;
}

const name = '.knative-kafka';

/** Paths only; nothing is written. `manifests` is a folder or a file. */
export async function stateFolderOf(manifests: string): Promise<StateFolder> {
  const info = await stat(manifests).catch(() => undefined);
  const path = join(info?.isFile() ? dirname(manifests) : manifests, name);
  return { path, kafka: join(path, 'kafka'), pods: join(path, 'pods'), logs: join(path, 'logs'), objectsFile: join(path, 'objects.json'), runFile: join(path, 'run.json') };
}

/** Makes the folder, or checks that it is of this version. Throws StartError. */
export async function openStateFolder(folder: StateFolder): Promise<void> {
  const marker = join(folder.path, 'format.json');
  const foreign = (why: string): StartError =>
    new StartError(`cannot use the state folder ${folder.path}`, why, 'start with --clean to begin empty, or use the version that wrote it');
  const text = await readFile(marker, 'utf8').catch(() => undefined);
  if (text === undefined && existsSync(folder.kafka)) throw foreign('it says no version');
  if (text !== undefined && formatIn(text) !== format) throw foreign(`it was written by another version (format ${formatIn(text) ?? 'unknown'}, this one is ${format})`);
  for (const path of [folder.path, folder.pods, folder.logs]) await mkdir(path, { recursive: true, mode: 0o700 });
  await writeFile(marker, `${JSON.stringify({ format })}\n`);
  // Users' scripts are not to inherit the module type of a project around the folder.
  await writeFile(join(folder.pods, 'package.json'), '{}\n');
  // The folder may be in somebody else's repository.
  await writeFile(join(folder.path, '.gitignore'), '*\n');
}

function formatIn(text: string): number | undefined {
  try {
    return Number((JSON.parse(text) as { format?: unknown }).format);
  } catch {
    return undefined;
  }
}

/** Forgets events, topics, offsets and logs of earlier runs. What others keep in the folder stays. */
export async function emptyStateFolder(folder: StateFolder): Promise<void> {
  const ours = [folder.kafka, folder.pods, folder.logs, folder.objectsFile, join(folder.path, 'format.json')];
  await Promise.all(ours.map((path) => rm(path, { recursive: true, force: true })));
}

import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { LineCounter, parseAllDocuments } from 'yaml';

import { StartError } from '../start-error.ts';
import type { Manifest } from './manifest.ts';
import { manifestsOf } from './manifest.ts';

/** The objects of a file, or of all `.yaml`, `.yml` and `.json` files in and below a folder, in the order of their names. Throws StartError. */
export async function readManifests(path: string): Promise<Manifest[]> {
  const files = await manifestFiles(path);
  const perFile = await Promise.all(files.map(async (file) => parse(await readFile(file, 'utf8'), shown(file))));
  return perFile.flat();
}

/** Files by name. Throws StartError where there is none. */
export async function manifestFiles(path: string): Promise<string[]> {
  const info = await stat(path).catch((error: unknown) => {
    throw new StartError('cannot read the manifests', `there is no ${path}`, 'name a folder or file with YAML manifests', { cause: error });
  });
  if (info.isFile()) return [path];
  const names = await filesBelow(path);
  if (names.length === 0) throw new StartError('cannot read the manifests', `${path} holds no .yaml, .yml or .json file`, 'put a KafkaChannel and its Subscriptions there, as in examples/quickstart');
  return names.map((name) => join(path, name)).sort();
}

/** Hidden folders and node_modules are not looked into: the state folder is one. */
async function filesBelow(folder: string, prefix = ''): Promise<string[]> {
  const entries = await readdir(join(folder, prefix), { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const name = join(prefix, entry.name);
      if (entry.isDirectory()) return isHidden(entry.name) ? [] : await filesBelow(folder, name);
      return isManifestFile(entry.name) ? [name] : [];
    }),
  );
  return found.flat();
}

function isHidden(name: string): boolean {
  return name.startsWith('.') || name === 'node_modules';
}

/** A kustomization says how to assemble manifests; it is none. */
function isManifestFile(name: string): boolean {
  return /\.(ya?ml|json)$/.test(name) && !name.startsWith('.') && !/^kustomization\.ya?ml$/.test(name);
}

/** The objects of a text. Empty documents are skipped. Throws StartError with the line of the first fault. */
export function parse(text: string, file: string): Manifest[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  if ('empty' in documents) return [];
  return documents.flatMap((document) => {
    const fault = document.errors[0];
    if (fault) throw new StartError(`${file}:${lines.linePos(fault.pos[0]).line}`, fault.message, 'expected YAML: correct the line');
    // An empty document, such as one of comments only, is null.
    return document.toJS() === null ? [] : manifestsOf(document, lines, file).map(checkShape);
  });
}

function checkShape(manifest: Manifest): Manifest {
  const { object } = manifest as { object: Partial<Manifest['object']> | null };
  const wrong = (field: string[], expected: string): StartError =>
    new StartError(manifest.at(field), `field ${field.join('.') || '(top)'} is missing or no ${expected}`, `expected a Kubernetes object with ${field.join('.') || 'apiVersion, kind and metadata'}`);
  if (typeof object !== 'object' || object === null || Array.isArray(object)) throw wrong([], 'mapping');
  if (typeof object.apiVersion !== 'string') throw wrong(['apiVersion'], 'text');
  if (typeof object.kind !== 'string') throw wrong(['kind'], 'text');
  if (typeof (object.metadata as { name?: unknown } | undefined)?.name !== 'string') throw wrong(['metadata', 'name'], 'text');
  return manifest;
}

function shown(file: string): string {
  const short = relative(process.cwd(), file);
  return short.startsWith('..') ? file : short;
}

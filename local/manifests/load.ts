import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { readManifests } from './read.ts';
import { checkRules } from './rules.ts';
import { kindSchemas } from './schemas.ts';
import type { Loaded } from './validate.ts';
import { validate } from './validate.ts';

const schemas = kindSchemas();

/** Reads and checks a file or folder of manifests as the API server would. Throws StartError naming file, line, field and what was expected. */
export async function loadManifests(path: string, running: readonly KubernetesObject[] = []): Promise<Loaded> {
  const loaded = validate(await readManifests(path), schemas);
  checkRules(loaded, running);
  return loaded;
}

/** The same for several files and folders together. */
export async function loadAll(paths: readonly string[]): Promise<Loaded> {
  const manifests = await Promise.all(paths.map(readManifests));
  const loaded = validate(manifests.flat(), schemas);
  checkRules(loaded, []);
  return loaded;
}

/** Fills in the defaults of the CRDs, as the API server does when an object is written. */
export function withDefaults(object: KubernetesObject): KubernetesObject {
  const schema = schemas.get(`${object.kind}.${object.apiVersion}`);
  if (!schema) return object;
  const copy = structuredClone(object);
  if (schema.validate(copy)) return copy;
  const { instancePath = '', message = 'is wrong' } = schema.validate.errors?.[0] ?? {};
  throw new Error(`${object.kind} ${object.metadata.name}: ${instancePath} ${message}`);
}

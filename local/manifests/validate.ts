import type { ErrorObject } from 'ajv';

import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { StartError } from '../start-error.ts';
import type { Manifest } from './manifest.ts';
import { titleOf } from './manifest.ts';
import type { KindSchema } from './schemas.ts';

export interface Loaded {
  /** Defaults filled in, namespace said, in the stored version. */
  readonly objects: readonly KubernetesObject[];
  /** What is there but not for local mode, in words. */
  readonly ignored: readonly string[];
  /** `FILE:LINE` of an object's field. */
  at(object: KubernetesObject, path: readonly (string | number)[]): string;
}

const clusterScoped = ['Namespace'];

/** Objects as the API server would keep them; throws StartError with file, line, field and what was expected. */
export function validate(manifests: readonly Manifest[], schemas: ReadonlyMap<string, KindSchema>): Loaded {
  const ignored: string[] = [];
  const origins = new Map<string, Manifest>();
  const objects = manifests.flatMap((manifest) => {
    const schema = schemas.get(`${manifest.object.kind}.${manifest.object.apiVersion}`);
    if (!schema) {
      ignored.push(`${manifest.at([])}: ${manifest.object.kind} (${manifest.object.apiVersion}) has no part in local mode`);
      return [];
    }
    const object = checked(manifest, schema);
    const first = origins.get(titleOf(object));
    if (first) throw new StartError(manifest.at(['metadata', 'name']), `${titleOf(object)} is there twice`, `it is at ${first.at([])} already: remove one of them`);
    origins.set(titleOf(object), manifest);
    return [object];
  });
  return { objects, ignored, at: (object, path) => origins.get(titleOf(object))?.at(path) ?? titleOf(object) };
}

const dnsLabel = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const dnsSubdomain = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

function checked(manifest: Manifest, { storedApiVersion, validate: holds }: KindSchema): KubernetesObject {
  const object = structuredClone(manifest.object);
  object.apiVersion = storedApiVersion;
  if (!clusterScoped.includes(object.kind)) object.metadata.namespace ??= 'default';
  // What a Service is made from must itself be a DNS label: the CRD says so in CEL.
  const pattern = ['KafkaChannel', 'Service'].includes(object.kind) ? dnsLabel : dnsSubdomain;
  if (!pattern.test(object.metadata.name)) {
    throw new StartError(manifest.at(['metadata', 'name']), `${object.kind}, field metadata.name: "${object.metadata.name}" is no DNS name`, 'expected a-z, 0-9 and -, starting with a letter, at most 63');
  }
  if (!holds(object)) throw faultOf(manifest, object, holds.errors ?? []);
  return object.kind === 'Secret' ? encoded(object) : object;
}

function faultOf(manifest: Manifest, object: KubernetesObject, errors: readonly ErrorObject[]): StartError {
  const error = errors[0];
  const path = (error?.instancePath ?? '').split('/').slice(1).map(unescaped);
  const extra = error?.keyword === 'additionalProperties' ? [(error.params as { additionalProperty: string }).additionalProperty] : [];
  const field = [...path, ...extra];
  const what = `${titleOf(object)}, field ${field.join('.') || '(top)'}`;
  // A Secret's value is not to be shown, whatever is wrong with it.
  const shown = object.kind === 'Secret' && error ? { ...error, data: {} } : error;
  return new StartError(manifest.at(field), what, `expected ${expectation(shown, errors)}`);
}

function unescaped(part: string): string | number {
  const text = part.replaceAll('~1', '/').replaceAll('~0', '~');
  return /^\d+$/.test(text) ? Number(text) : text;
}

type Wording = (params: Record<string, unknown>, error: ErrorObject, errors: readonly ErrorObject[]) => string;

/** What was expected, by the keyword of the schema that says so. */
const wordings: Readonly<Record<string, Wording>> = {
  additionalProperties: (_params, { parentSchema }) => `one of ${Object.keys((parentSchema as { properties?: object }).properties ?? {}).join(', ')}`,
  enum: ({ allowedValues }) => `one of ${(allowedValues as string[]).join(', ')}`,
  required: (_params, { instancePath }, errors) => {
    const missing = errors.filter((error) => error.keyword === 'required' && error.instancePath === instancePath);
    return `the field ${missing.map(({ params }) => (params as { missingProperty: string }).missingProperty).join(' or ')} in it`;
  },
  pattern: ({ pattern }) => ((pattern as string).startsWith('^P(') ? 'an ISO-8601 duration such as PT30S or P7D' : `text like ${pattern as string}`),
  type: ({ type }) => String(type),
  minimum: ({ comparison, limit }) => `a number ${String(comparison)} ${String(limit)}`,
  maximum: ({ comparison, limit }) => `a number ${String(comparison)} ${String(limit)}`,
};

function expectation(error: ErrorObject | undefined, errors: readonly ErrorObject[]): string {
  if (!error) return 'something else';
  const wording = wordings[error.keyword]?.(error.params as Record<string, unknown>, error, errors) ?? `something else: it ${error.message ?? 'is wrong'}`;
  return typeof error.data === 'object' || error.keyword === 'additionalProperties' ? wording : `${wording}, not ${JSON.stringify(error.data)}`;
}

/** `stringData` is write-only: what is kept is `data`, in base64. */
function encoded(secret: KubernetesObject): KubernetesObject {
  const { stringData, ...rest } = secret as KubernetesObject & { stringData?: Record<string, string>; data?: Record<string, string> };
  const added = Object.entries(stringData ?? {}).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  return { ...rest, data: { ...rest.data, ...(Object.fromEntries(added) as Record<string, string>) } };
}

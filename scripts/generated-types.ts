import { readFile } from 'node:fs/promises';

import type { JSONSchema } from 'json-schema-to-typescript';
import { compile } from 'json-schema-to-typescript';
import { parse } from 'yaml';

interface Crd {
  spec: { names: { kind: string }; versions: { storage: boolean; schema: { openAPIV3Schema: JSONSchema } }[] };
}

/** TypeScript and JSON schema of each CRD's stored version, by file. A field with a default is there in every stored object, so it is required. */
export async function generatedTypes(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const schemas: Record<string, unknown> = {};
  for (const name of ['kafkachannel', 'kafkatopic', 'kafkaconsumergroup']) {
    const crd = parse(await readFile(`crds/${name}.yaml`, 'utf8')) as Crd;
    const schema = crd.spec.versions.find(({ storage }) => storage)?.schema.openAPIV3Schema;
    if (!schema) throw new Error(`crds/${name}.yaml: no stored version`);
    const source = await compile(forTypeScript(schema), crd.spec.names.kind, {
      bannerComment: `/* Generated from crds/${name}.yaml by "npm run generate". Do not edit. */`,
      additionalProperties: false,
      style: { singleQuote: true, printWidth: 160 },
    });
    files.set(`contract/generated/${name}.ts`, source);
    schemas[crd.spec.names.kind] = plainSchema(schema);
  }
  const banner = '/* Generated from crds/ by "npm run generate". Do not edit. */\n\n/** JSON schema of each kind, as far as types, bounds and patterns go. */';
  files.set('contract/generated/schemas.ts', `${banner}\nexport const schemas = ${JSON.stringify(schemas, undefined, 1)} as const;\n`);
  return files;
}

/** Without texts for people, and what only an API server knows. */
function plainSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(plainSchema);
  if (typeof schema !== 'object' || schema === null) return schema;
  const kept = Object.entries(schema).filter(([key, value]) => !key.startsWith('x-kubernetes-') && !(['description', 'format', 'title'].includes(key) && typeof value === 'string'));
  return Object.fromEntries(kept.map(([key, value]) => [key, plainSchema(value)]));
}

function forTypeScript(schema: JSONSchema): JSONSchema {
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) copy[key] = convert(value);
  if (schema['x-kubernetes-int-or-string']) return { anyOf: [{ type: 'string' }, { type: 'number' }] };
  if (schema['x-kubernetes-preserve-unknown-fields']) copy['additionalProperties'] = true;
  const properties = schema.properties as Record<string, JSONSchema> | undefined;
  if (properties) copy['required'] = requiredOf(schema, properties);
  if (properties && 'metadata' in properties) (copy['properties'] as Record<string, JSONSchema>)['metadata'] = objectMeta;
  return copy;
}

function requiredOf(schema: JSONSchema, properties: Record<string, JSONSchema>): string[] {
  const listed = Array.isArray(schema.required) ? schema.required : [];
  const withDefault = Object.keys(properties).filter((name) => properties[name]?.default !== undefined);
  const always = 'metadata' in properties ? ['apiVersion', 'kind', 'metadata', 'spec'] : [];
  return [...new Set([...listed, ...withDefault, ...always])].sort();
}

const objectMeta: JSONSchema = { tsType: "import('../../contract/object-meta.ts').ObjectMeta" };

function convert(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convert);
  return typeof value === 'object' && value !== null ? forTypeScript(value) : value;
}

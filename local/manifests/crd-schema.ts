import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** A structural schema of a CRD, as far as it is read here. */
export interface CrdSchema {
  type?: string;
  properties?: Record<string, CrdSchema>;
  items?: CrdSchema;
  additionalProperties?: boolean | CrdSchema;
  [keyword: string]: unknown;
}

interface Crd {
  spec: { group: string; names: { kind: string }; versions: { name: string; storage?: boolean; schema: { openAPIV3Schema: CrdSchema } }[] };
}

export interface CrdKind {
  readonly group: string;
  readonly kind: string;
  readonly versions: readonly string[];
  /** The version objects are kept in. */
  readonly storage: string;
  readonly schema: CrdSchema;
}

const folder = join(import.meta.dirname, '..', '..', 'crds');

/** The kinds of crds/. All versions of a kind share one schema (`conversion: None`). */
export function crdKinds(): CrdKind[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml');
  return files.sort().map((name) => {
    const { group, names, versions } = (parse(readFileSync(join(folder, name), 'utf8')) as Crd).spec;
    const storage = versions.find((version) => version.storage) ?? versions[0];
    if (!storage) throw new Error(`crds/${name}: no version`);
    return { group, kind: names.kind, versions: versions.map((version) => version.name), storage: storage.name, schema: strict(storage.schema.openAPIV3Schema) };
  });
}

/** As `kubectl apply` sees it: fields that the schema does not know are refused, and Kubernetes' own keywords are not for ajv. */
function strict(schema: CrdSchema): CrdSchema {
  const kept = Object.fromEntries(Object.entries(schema).filter(([keyword]) => !keyword.startsWith('x-kubernetes-') && keyword !== 'format'));
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true || schema.additionalProperties !== undefined;
  return {
    ...kept,
    ...(schema.properties && { properties: mapped(schema.properties) }),
    ...(schema.items && { items: strict(schema.items) }),
    ...(typeof schema.additionalProperties === 'object' && { additionalProperties: strict(schema.additionalProperties) }),
    ...(schema.properties && !open && { additionalProperties: false }),
  };
}

function mapped(properties: Record<string, CrdSchema>): Record<string, CrdSchema> {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, strict(schema)]));
}

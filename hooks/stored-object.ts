import { Ajv } from 'ajv';

import { schemas } from '../contract/generated/schemas.ts';

/** A schema of the CRDs, as far as it is walked. */
export interface Schema {
  readonly type?: string;
  readonly default?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
}

export type StoredKind = keyof typeof schemas;

/** Of fields that a schema does not know. */
const anything: Schema = {};

const ajv = new Ajv({ strict: false });
const validators = new Map<Schema, (value: unknown) => boolean>();

export function schemaOf(kind: StoredKind, ...path: readonly string[]): Schema {
  return path.reduce<Schema>((schema, name) => (name === '[]' ? schema.items : schema.properties?.[name]) ?? {}, schemas[kind] as Schema);
}

export function fits(value: unknown, schema: Schema): boolean {
  let validate = validators.get(schema);
  if (!validate) validators.set(schema, (validate = ajv.compile(schema)));
  return validate(value);
}

/** An object with the fields that it leaves to their defaults, as the API server reads it. */
export function withDefaults(value: object, { properties = {} }: Schema): object {
  const defaults = Object.entries(properties).filter(([, { default: value }]) => value !== undefined);
  return { ...Object.fromEntries(defaults.map(([name, schema]) => [name, schema.default])), ...value };
}

/**
 * What fits a schema of a value that may be older than the schema: the rest is left out, or replaced by its default. `faults` gets the path of each part that does not fit.
 * The API server checks what is written, not what was stored before the schema said so.
 */
export function fitted(value: unknown, schema: Schema, path: string, faults: string[]): unknown {
  if (fits(value, schema)) return value;
  const inner = Array.isArray(value) && schema.items ? fittedItems(value, schema.items, path, faults) : isRecord(value) && schema.type === 'object' ? fittedFields(value, schema, path, faults) : undefined;
  if (inner !== undefined && fits(inner, schema)) return inner;
  if (inner === undefined || !faults.some((fault) => fault.startsWith(path))) faults.push(path);
  return schema.default;
}

function fittedItems(values: readonly unknown[], schema: Schema, path: string, faults: string[]): unknown[] {
  return values.map((value, index) => fitted(value, schema, `${path}[${index}]`, faults)).filter((value) => value !== undefined);
}

function fittedFields(value: Readonly<Record<string, unknown>>, schema: Schema, path: string, faults: string[]): Record<string, unknown> {
  const further = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : anything;
  const names = new Set([...Object.keys(value), ...(schema.required ?? []), ...Object.keys(schema.properties ?? {}).filter((name) => schema.properties?.[name]?.default !== undefined)]);
  const fields = [...names].map((name): [string, unknown] => {
    const inner = schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
    return [name, Object.hasOwn(value, name) ? fitted(value[name], inner ?? further, `${path}.${name}`, faults) : inner?.default];
  });
  return Object.fromEntries(fields.filter(([, inner]) => inner !== undefined));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import type { ErrorObject, JSONSchemaType } from 'ajv';
import { Ajv } from 'ajv';

import { createLogger } from './log.ts';
import { schemaFault } from './schema-fault.ts';

/** With which schemas of environments are compiled. */
export const environmentOptions = { allErrors: true, coerceTypes: true, useDefaults: true, removeAdditional: 'all' } as const;

/** The environment through a schema: a frozen configuration, or one error that names every bad variable. Values are never shown. */
export function readEnv<T>(env: NodeJS.ProcessEnv, schema: JSONSchemaType<T>): Readonly<T> {
  const validate = new Ajv(environmentOptions).compile(schema);
  const values: unknown = { ...env };
  if (validate(values)) return Object.freeze(values);
  const faults = (validate.errors ?? []).map(faultOf);
  throw new Error(`invalid environment: ${faults.sort().join('; ')}: mend what is named`);
}

/** The environment of a process, which ends where it cannot be read: with one line, as whenever it cannot start. */
export function environmentOf<T>(env: NodeJS.ProcessEnv, schema: JSONSchemaType<T>, component: string): Readonly<T> {
  try {
    return readEnv(env, schema);
  } catch (error) {
    createLogger(component, 'info').fatal(`the ${component} cannot start: ${(error as Error).message}`);
    process.exit(1);
  }
}

function faultOf(error: ErrorObject): string {
  if (error.keyword === 'required') return `${(error.params as { missingProperty: string }).missingProperty} must be set`;
  return `${error.instancePath.slice(1)} ${schemaFault(error)}`;
}

import type { ErrorObject } from 'ajv';
import { Ajv } from 'ajv';
import { parse } from 'yaml';

import { schemaFault } from '../runtime/schema-fault.ts';

// Nothing is converted: the API server would refuse what had to be.
const ajv = new Ajv({ verbose: true, allowUnionTypes: true });

/** A text that is not empty: the API server leaves empty ones, and empty lists and maps, out. */
export const someText = { type: 'string', minLength: 1 };

export function listOf(items: object): object {
  return { type: 'array', minItems: 1, items };
}

export function objectOf(properties: Readonly<Record<string, object>>, ...required: readonly string[]): object {
  return { type: 'object', additionalProperties: false, properties, required };
}

/** The value of a variable that holds YAML, or JSON, which is YAML too; without text, an empty object. Throws an error that names the variable, the place in it and what to do, never a value. */
export function yamlSetting(variable: string, text: string, schema: object): unknown {
  const validate = ajv.compile(schema);
  const value: unknown = parsed(variable, text) ?? {};
  if (validate(value)) return value;
  const [fault] = validate.errors ?? [];
  throw new Error(`${variable}: ${fault === undefined ? 'is wrong: mend it' : told(fault)}`);
}

function parsed(variable: string, text: string): unknown {
  try {
    return parse(text, { logLevel: 'error' }) as unknown;
  } catch (error) {
    const [line = ''] = (error as Error).message.split('\n');
    throw new Error(`${variable}: not YAML: ${line.replace(/:$/, '')}: mend it`, { cause: error });
  }
}

function told(error: ErrorObject): string {
  const { keyword, instancePath, params, parentSchema } = error;
  const place = instancePath.slice(1).replaceAll('/', '.');
  const at = place === '' ? '' : `${place}: `;
  if (keyword === 'additionalProperties') {
    const known = Object.keys((parentSchema as { properties?: object }).properties ?? {});
    return `${at}key "${(params as { additionalProperty: string }).additionalProperty}" is not taken: leave it out, or use ${known.join(', ')}`;
  }
  const remedy = keyword === 'type' && (params as { type: string }).type === 'string' ? 'put the value into quotes' : 'mend it';
  return `${at}${schemaFault(error)}: ${remedy}`;
}

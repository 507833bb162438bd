import type { JSONSchemaType } from 'ajv';
import { Ajv } from 'ajv';

/** Name of the key in a receiver's ConfigMap, and of the file that it becomes. */
export const routesFileName = 'routes.json';

/** Topics of the channels whose topic does not follow from their name, by `namespace/channel`. */
export type RoutesFile = Record<string, { topic: string }>;

const schema: JSONSchemaType<RoutesFile> = {
  type: 'object',
  required: [],
  additionalProperties: {
    type: 'object',
    required: ['topic'],
    additionalProperties: false,
    properties: { topic: { type: 'string', minLength: 1 } },
  },
};

const ajv = new Ajv({ allErrors: true });
const validate = ajv.compile(schema);

export function formatRoutesFile(routes: RoutesFile): string {
  return `${JSON.stringify(routes, undefined, 1)}\n`;
}

/** Throws an error naming every fault; the caller keeps the last good file. */
export function parseRoutesFile(text: string): RoutesFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${routesFileName}: not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (!validate(value)) throw new Error(`${routesFileName}: ${ajv.errorsText(validate.errors, { dataVar: 'file' })}`);
  return value;
}

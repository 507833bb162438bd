import type { JSONSchemaType } from 'ajv';
import { Ajv } from 'ajv';

import { fileOptions, formatJsonFile, parseJsonFile } from './json-file.ts';

/** Name of the key in a receiver's ConfigMap, and of the file that it becomes. */
export const routesFileName = 'routes.json';

/** Topics of the channels whose topic does not follow from their name, by `namespace/channel`. */
export type RoutesFile = Record<string, { topic: string }>;

export const routesFileSchema: JSONSchemaType<RoutesFile> = {
  type: 'object',
  required: [],
  additionalProperties: {
    type: 'object',
    required: ['topic'],
    additionalProperties: false,
    properties: { topic: { type: 'string', minLength: 1 } },
  },
};

const validate = new Ajv(fileOptions).compile(routesFileSchema);

export function formatRoutesFile(routes: RoutesFile): string {
  return formatJsonFile(routes);
}

/** Throws an error naming every fault; the caller keeps the last good file. */
export function parseRoutesFile(text: string): RoutesFile {
  return parseJsonFile(routesFileName, text, validate);
}

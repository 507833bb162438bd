import type { AnySchema, Options } from 'ajv';
import { Ajv } from 'ajv';
import { createRequire } from 'node:module';

import { dispatcherFileSchema } from '../contract/dispatcher-file.ts';
import { fileOptions } from '../contract/json-file.ts';
import { routesFileSchema } from '../contract/routes-file.ts';
import { dispatcherConfigSchema } from '../dataplane/dispatcher/config.ts';
import { receiverConfigSchema } from '../dataplane/receiver/config.ts';
import { environmentOptions } from '../runtime/env.ts';

const standaloneCode = (createRequire(import.meta.url)('ajv/dist/standalone') as typeof import('ajv/dist/standalone/index.js')).default;

/** What the data plane checks by Ajv. */
const checked: readonly (readonly [Options, AnySchema])[] = [
  [fileOptions, dispatcherFileSchema],
  [fileOptions, routesFileSchema],
  [environmentOptions, dispatcherConfigSchema],
  [environmentOptions, receiverConfigSchema],
];

/** A CommonJS module that exports what Ajv makes of one of them. */
export function compiledSchema(index: number): string {
  const [options, schema] = checked[index] ?? [];
  if (schema === undefined) throw new Error(`there is no schema ${index}`);
  const ajv = new Ajv({ ...options, code: { source: true } });
  return standaloneCode(ajv, ajv.compile(schema));
}

/** In place of `ajv` for our own code in a bundle: the same answers by functions that were compiled when the bundle was built. `path` is where the module of one of them is. */
export function compiledAjv(path: (index: number) => string): string {
  const entries = checked.map((key, index) => `[${JSON.stringify(JSON.stringify(key))}, () => require(${JSON.stringify(path(index))})]`);
  return `
    const compiled = new Map([${entries.join(', ')}]);
    export class Ajv {
      #options;
      constructor(options = {}) {
        this.#options = options;
      }
      compile(schema) {
        const load = compiled.get(JSON.stringify([this.#options, schema]));
        if (!load) throw new Error('a schema that scripts/compiled-schemas.ts does not list');
        return load();
      }
      errorsText(errors, { dataVar }) {
        return errors.map(({ instancePath, message }) => dataVar + instancePath + ' ' + message).join(', ');
      }
    }
  `;
}

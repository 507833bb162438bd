import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { createRequire } from 'node:module';
import { runInThisContext } from 'node:vm';

import { dispatcherFileSchema } from '../contract/dispatcher-file.ts';
import { fileOptions } from '../contract/json-file.ts';
import { dispatcherConfigSchema } from '../dataplane/dispatcher/config.ts';
import { environmentOptions } from '../runtime/env.ts';
import { compiledAjv, compiledSchema } from './compiled-schemas.ts';

const require = createRequire(import.meta.url);

/** What the bundles have in place of Ajv. */
function bundledAjv(): typeof Ajv {
  const load = (index: string): unknown => {
    const module = { exports: {} };
    (runInThisContext(`(function (module, exports, require) {${compiledSchema(Number(index))}})`) as (...args: unknown[]) => void)(module, module.exports, require);
    return module.exports;
  };
  const code = compiledAjv(String).replace('export class Ajv', 'return class Ajv');
  return (runInThisContext(`(function (require) {${code}})`) as (require: typeof load) => typeof Ajv)(load);
}

describe('the Ajv of the bundles', () => {
  const Bundled = bundledAjv();

  test.each([
    ['{}', {}],
    ['a file', { channel: { namespace: 'a', name: 'b' }, topic: 't', subscriptions: [{ uid: 'u', more: 1 }] }],
    ['no object', 'x'],
  ])('checks a file as Ajv does: %s', (_name, value) => {
    const [bundled, whole] = [new Bundled(fileOptions), new Ajv(fileOptions)];
    const [ours, wanted] = [bundled.compile(dispatcherFileSchema), whole.compile(dispatcherFileSchema)];
    expect([ours(value), ours.errors]).toEqual([wanted(value), wanted.errors]);
    expect(bundled.errorsText(ours.errors, { dataVar: 'file' })).toBe(whole.errorsText(wanted.errors, { dataVar: 'file' }));
  });

  test.each([{}, { MANAGEMENT_PORT: '8080', HOME: '/' }, { MANAGEMENT_PORT: 'x', LOG_LEVEL: 'loud' }])('reads an environment as Ajv does: %j', (env) => {
    const [ours, wanted] = [{ ...env }, { ...env }];
    const [validate, whole] = [new Bundled(environmentOptions).compile(dispatcherConfigSchema), new Ajv(environmentOptions).compile(dispatcherConfigSchema)];
    expect([validate(ours), validate.errors, ours]).toEqual([whole(wanted), whole.errors, wanted]);
  });

  test('says which list lacks a schema', () => {
    expect(() => new Bundled().compile({ type: 'null' })).toThrow('a schema that scripts/compiled-schemas.ts does not list');
  });
});

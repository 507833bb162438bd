import type { AnySchema, Options, ValidateFunction } from 'ajv';
import { Ajv as WholeAjv } from 'ajv';
import { Ajv2020 as WholeAjv2020 } from 'ajv/dist/2020.js';

/** Schemas are part of the program, and checked when it is tested: not at each start again, for which Ajv would compile the schema of schemas. */
const unchecked = { meta: false, validateSchema: false } as const;

/** In place of `ajv` in a bundle: compiles a schema when a value is first checked by it, for most of the Kafka client's never are. 15 MiB less in an idle process. */
export class Ajv extends WholeAjv {
  constructor(options: Options = {}) {
    super({ ...options, ...unchecked });
    compileLater(this);
  }
}

/** In place of `ajv/dist/2020.js`. */
export class Ajv2020 extends WholeAjv2020 {
  constructor(options: Options = {}) {
    super({ ...options, ...unchecked });
    compileLater(this);
  }
}

function compileLater(ajv: WholeAjv | WholeAjv2020): void {
  const compile = ajv.compile.bind(ajv);
  ajv.compile = ((schema: AnySchema) => whenCalled(() => compile(schema))) as typeof ajv.compile;
}

function whenCalled(compile: () => ValidateFunction): (value: unknown) => unknown {
  let compiled: ValidateFunction | undefined;
  const validate = (value: unknown): unknown => {
    compiled ??= compile();
    const valid: unknown = compiled(value);
    validate.errors = compiled.errors;
    return valid;
  };
  validate.errors = undefined as ValidateFunction['errors'];
  return validate;
}

import type { AnySchema, KeywordDefinition, Options, ValidateFunction } from 'ajv';

/** A class of Ajv. */
export type WholeAjv = new (options: Options) => { addKeyword(definition: KeywordDefinition): unknown; compile(schema: AnySchema): ValidateFunction };

/** In place of the Ajv of the Kafka client in a bundle, which compiles all its schemas when it is loaded and checks nothing by most of them: Ajv itself is loaded when a value is first checked. */
export class LaterAjv {
  readonly #load: () => WholeAjv;
  readonly #options: Options;
  readonly #keywords: KeywordDefinition[] = [];

  constructor(load: () => WholeAjv, options: Options = {}) {
    this.#load = load;
    this.#options = options;
  }

  addKeyword(definition: KeywordDefinition): this {
    this.#keywords.push(definition);
    return this;
  }

  compile(schema: AnySchema): (value: unknown) => unknown {
    let compiled: ValidateFunction | undefined;
    const validate = (value: unknown): unknown => {
      compiled ??= this.#whole().compile(schema);
      const valid: unknown = compiled(value);
      validate.errors = compiled.errors;
      return valid;
    };
    validate.errors = undefined as ValidateFunction['errors'];
    return validate;
  }

  #whole(): InstanceType<WholeAjv> {
    const Whole = this.#load();
    const ajv = new Whole(this.#options);
    for (const keyword of this.#keywords) ajv.addKeyword(keyword);
    return ajv;
  }
}

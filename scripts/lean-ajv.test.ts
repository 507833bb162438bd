import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';

import { Ajv as LeanAjv, Ajv2020 as LeanAjv2020 } from './lean-ajv.ts';

const schema = { type: 'object', required: ['name'], properties: { name: { type: 'string' }, size: { type: 'integer', default: 3 } } };
const values = [{ name: 'a' }, { name: 'a', size: '7' }, { size: 'x' }, 'text'];

function verdicts(ajv: Ajv | Ajv2020): unknown[] {
  const validate = ajv.compile(schema);
  return values.map((value) => {
    const copy: unknown = structuredClone(value);
    const valid = validate(copy);
    return [valid, copy, ajv.errorsText(validate.errors)];
  });
}

describe('Ajv as it is bundled', () => {
  const options = { allErrors: true, coerceTypes: true, useDefaults: true } as const;

  test('says of values what Ajv says', () => {
    expect(verdicts(new LeanAjv(options))).toEqual(verdicts(new Ajv(options)));
    expect(verdicts(new LeanAjv2020(options))).toEqual(verdicts(new Ajv2020(options)));
  });

  test('compiles a schema when a value is first checked by it, and no sooner', () => {
    const validate = new LeanAjv().compile({ type: 'no such type' });
    expect(() => validate({})).toThrow('no such type');
  });
});

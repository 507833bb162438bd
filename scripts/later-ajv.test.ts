import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';

import type { WholeAjv } from './later-ajv.ts';
import { LaterAjv } from './later-ajv.ts';

function laterAjv(): { ajv: LaterAjv; loaded: () => number } {
  let loads = 0;
  const load = (): WholeAjv => {
    loads += 1;
    return Ajv2020;
  };
  return { ajv: new LaterAjv(load, { allErrors: true }), loaded: () => loads };
}

describe('LaterAjv', () => {
  test('loads Ajv when a value is first checked, once a schema', () => {
    const { ajv, loaded } = laterAjv();
    const [validate] = [ajv.compile({ type: 'integer' }), ajv.compile({ type: 'string' })];
    expect(loaded()).toBe(0);
    expect([validate(1), validate('a'), validate(2), loaded()]).toEqual([true, false, true, 1]);
  });

  test('answers, and tells of errors, as Ajv does, with keywords of its own', () => {
    const { ajv } = laterAjv();
    const even = { keyword: 'even', validate: (_schema: unknown, value: unknown) => Number(value) % 2 === 0 };
    const schema = { type: 'integer', minimum: 3, even: true };
    const validate = ajv.addKeyword(even).compile(schema) as ReturnType<Ajv2020['compile']>;
    const whole = new Ajv2020({ allErrors: true });
    whole.addKeyword(even);
    const wanted = whole.compile(schema);
    for (const value of [1, 2, 3, 4, 'x']) expect([validate(value), validate.errors]).toEqual([wanted(value), wanted.errors]);
  });
});

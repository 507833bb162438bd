import { describe, expect, test } from '@jest/globals';
import type { JSONSchemaType } from 'ajv';

import { readEnv } from './env.ts';

interface Config {
  PORT: number;
  HOST: string;
  LEVEL: string;
}
const schema: JSONSchemaType<Config> = {
  type: 'object',
  required: ['HOST'],
  properties: { PORT: { type: 'integer', default: 8080 }, HOST: { type: 'string', minLength: 1 }, LEVEL: { type: 'string', enum: ['quiet', 'loud'], default: 'quiet' } },
};

describe('readEnv', () => {
  test('converts, fills in defaults and drops what is not ours', () => {
    const config = readEnv({ HOST: 'a', PATH: '/bin' }, schema);
    expect(config).toEqual({ HOST: 'a', PORT: 8080, LEVEL: 'quiet' });
    expect(Object.isFrozen(config)).toBe(true);
  });

  test('names every bad variable at once', () => {
    expect(() => readEnv({ PORT: 'x' }, schema)).toThrow('invalid environment: HOST must be set; PORT must be integer: mend what is named');
  });

  test.each([
    [{ HOST: '' }, 'HOST must not be empty'],
    [{ HOST: 'a', LEVEL: 'deafening' }, 'LEVEL must be one of quiet, loud'],
  ])('says what would be right, and never what was given: %j', (env, fault) => {
    expect(() => readEnv(env, schema)).toThrow(new Error(`invalid environment: ${fault}: mend what is named`));
  });
});

import { describe, expect, test } from '@jest/globals';
import type { JSONSchemaType } from 'ajv';

import { readEnv } from './env.ts';

interface Config {
  PORT: number;
  HOST: string;
}
const schema: JSONSchemaType<Config> = {
  type: 'object',
  required: ['HOST'],
  properties: { PORT: { type: 'integer', default: 8080 }, HOST: { type: 'string', minLength: 1 } },
};

describe('readEnv', () => {
  test('converts, fills in defaults and drops what is not ours', () => {
    const config = readEnv({ HOST: 'a', PATH: '/bin' }, schema);
    expect(config).toEqual({ HOST: 'a', PORT: 8080 });
    expect(Object.isFrozen(config)).toBe(true);
  });

  test('names every bad variable at once', () => {
    expect(() => readEnv({ PORT: 'x' }, schema)).toThrow("invalid environment: PORT must be integer; must have required property 'HOST'");
  });
});

import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';

import { imageCommand, imageEnvironment } from './built-main.ts';

test('the environment of an image is that of its stage and of those it is made from', () => {
  const dockerfile = 'FROM node AS one\nENV A=1 B=2\n\nFROM one AS two\nENV B=3\nCMD ["node", "two.js"]\n';
  expect([imageEnvironment(dockerfile, 'two'), imageEnvironment(dockerfile, 'one')]).toEqual([{ A: '1', B: '3' }, { A: '1', B: '2' }]);
  expect(imageEnvironment(readFileSync('Dockerfile', 'utf8'), 'dispatcher')).toMatchObject({ NODE_ENV: 'production', MALLOC_ARENA_MAX: '1' });
});

describe('the command of an image', () => {
  test('is that of its stage, without node', () => {
    const dockerfile = 'FROM base AS one\nCMD ["node", "--flag", "one.js"]\n\nFROM base AS two\nCOPY a b\nCMD ["node", "two.js"]\n';
    expect([imageCommand(dockerfile, 'one'), imageCommand(dockerfile, 'two')]).toEqual([['--flag', 'one.js'], ['two.js']]);
    expect(() => imageCommand(dockerfile, 'three')).toThrow('stage three has no CMD');
    expect(() => imageCommand('FROM base AS one\n\nFROM base AS two\nCMD ["node", "two.js"]\n', 'one')).toThrow('stage one has no CMD');
  });

  test('of the real Dockerfile runs the bundles', () => {
    const dockerfile = readFileSync('Dockerfile', 'utf8');
    expect(imageCommand(dockerfile, 'channel').at(-1)).toBe('dist/dataplane/receiver/main.js');
    expect(imageCommand(dockerfile, 'dispatcher').at(-1)).toBe('dist/dataplane/dispatcher/main.js');
  });
});

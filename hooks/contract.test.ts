import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { annotation, label } from '../contract/names.ts';
import { reasons } from '../contract/reasons.ts';

const page = readFileSync('docs/hook-contract.md', 'utf8');
const sources = readdirSync('hooks', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => ({ file, text: readFileSync(join('hooks', file), 'utf8') }));

describe('docs/hook-contract.md', () => {
  test('has every rule once', () => {
    const rules = [...page.matchAll(/^\| (H\d+) \|/gm)].map(([, rule]) => rule);
    expect(rules).toEqual(Array.from({ length: 12 }, (_, index) => `H${index + 1}`));
  });

  test('K6: has every reason with its meaning and remedy, and no other', () => {
    const listed = [...page.matchAll(/^\| `(\w+)` \| (?:True|False|Unknown) \| (.+) \| (.+) \|$/gm)].map(([, name, meaning, remedy]) => [name, meaning, remedy]);
    expect(listed).toEqual(Object.entries(reasons).map(([name, { meaning, remedy }]) => [name, meaning, remedy || '–']));
  });

  test('names golden cases that there are', () => {
    const cases = readdirSync('test/golden', { recursive: true, encoding: 'utf8' }).join('\n');
    const quoted = [...page.matchAll(/^\| H\d+ .*golden (.+) \|$/gm)].flatMap(([, text = '']) => [...text.matchAll(/"([a-z-]+-[a-z-]+)"/g)].map(([, name = '']) => name));
    expect(quoted.length).toBeGreaterThan(4);
    expect(quoted.filter((name) => !cases.includes(`/${name}.request.yaml`))).toEqual([]);
  });
});

describe('reasons', () => {
  test.each(Object.keys(reasons).filter((name) => name !== 'Ready'))('K6: %s is given by some hook', (name) => {
    expect(sources.some(({ text }) => text.includes(`'${name}'`))).toBe(true);
  });

  test('K6: are CamelCase, and say what to do where a person must act', () => {
    for (const [name, { remedy, stalls }] of Object.entries<{ remedy: string; stalls: boolean }>(reasons)) {
      expect(name).toMatch(/^([A-Z][a-z]+)+$/);
      expect(stalls && remedy === '').toBe(false);
    }
  });
});

describe('H12: names', () => {
  test('of labels and annotations are written in contract/names.ts and nowhere in the hooks', () => {
    const literals = [...Object.values(label), ...Object.values(annotation)].filter((name) => name.includes('/'));
    const written = sources.filter(({ text }) => literals.some((name) => text.includes(`'${name}'`)));
    expect(written.map(({ file }) => file)).toEqual([]);
  });
});

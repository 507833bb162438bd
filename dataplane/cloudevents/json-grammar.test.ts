import { describe, expect, jest, test } from '@jest/globals';

import { seeded } from '../../test/support/random.ts';
import { deepestNesting, kindOfJson } from './json-grammar.ts';

jest.setTimeout(60_000);

/** What a reader says of a text that is JSON, and of one that is none. */
function verdict(read: (text: string) => unknown, text: string): unknown {
  try {
    return read(text);
  } catch {
    return 'not JSON';
  }
}

function kindByParsing(text: string): string {
  const value: unknown = JSON.parse(text);
  if (Array.isArray(value)) return 'array';
  return typeof value === 'object' && value !== null ? 'object' : 'other';
}

describe('kindOfJson', () => {
  test.each([
    '', ' ', '{', '}', '{}', ' { } ', '[]', '[ ]', '[,]', '[1,]', '[1 2]', '{"a"}', '{"a":}', '{"a":1,}', '{a:1}', "{'a':1}", '{"a":1}}', '[[]', '[]]', '[}', '{]', '1 2', 'null', 'nul', 'nulll', 'True', 'undefined', 'NaN',
    '0', '-0', '-', '+1', '01', '1.', '.1', '1.5', '1e', '1e+', '1e5', '1E-05', '-1.50e+10', '1e5.5', '0x1', '12345678901234567890', '"', '""', '"a', '"\\"', '"\\\\"', '"\\u00e9"', '"\\u00g9"', '"\\x"', '"\\', '"a\nb"', '"\t"', '"\u007f"', '"\u2028😀\ud800"',
    '\ufeff{}', '\u00a0{}', '{"a":[{"b":[1,{"c":null}]},"]}"],"d":{}}', '[1]garbage', '/**/{}',
  ])('says of %j what JSON.parse says', (text) => expect(verdict(kindOfJson, text)).toBe(verdict(kindByParsing, text)));

  test('says of 40,000 spoilt documents what JSON.parse says', () => {
    const random = seeded(4);
    const below = (limit: number): number => Math.floor(random() * limit);
    const documents = ['{ "a" : -1.5e3 , "b\\"\\\\" : [ {"x":"]}\\""} , [[]] ] ,\n"c":null,"d":"\\\\\\u00fc","e":{"f":{}},"g":true }', '[1,0.25,-7e-2,"",{"":[false]},[[],[null]]]', '"a\\nb"', '-0.5E+1'];
    const pieces = ['{', '}', '[', ']', ',', ':', '"', '\\', '\\u12', '0', '.', 'e', '-', ' ', '\n', 'null', 'x', '\u0001'];
    const seen = new Set<unknown>();
    for (let round = 0; round < 40_000; round += 1) {
      let text = documents[below(documents.length)] ?? '';
      for (let cut = below(3); cut >= 0; cut -= 1) {
        const at = below(text.length + 1);
        text = text.slice(0, at) + (pieces[below(pieces.length * 2)] ?? '') + text.slice(at + below(3));
      }
      const want = verdict(kindByParsing, text);
      seen.add(want);
      if (verdict(kindOfJson, text) !== want) throw new Error(`${JSON.stringify(text)} is ${String(want)}`);
    }
    expect([...seen].sort()).toEqual(['array', 'not JSON', 'object', 'other']);
  });

  test('reads what is nested deep, and says where it stops', () => {
    const nested = (depth: number): string => '[{"a":'.repeat(depth / 2) + '1' + '}]'.repeat(depth / 2);
    expect(kindOfJson(nested(deepestNesting))).toBe('array');
    expect(() => kindOfJson(nested(deepestNesting + 2))).toThrow('nested more than 10000 deep');
  });

  test.each([
    ['a string', `"${'a'.repeat(10_000_000)}"`],
    ['escapes', `"${'\\n'.repeat(5_000_000)}"`],
    ['a number', `1${'0'.repeat(5_000_000)}.${'0'.repeat(5_000_000)}`],
    ['small values', `[${'[],'.repeat(3_000_000)}0]`],
  ])('R11.5: reads ten million characters of %s without building anything of them', (_name, text) => {
    const { heapUsed } = process.memoryUsage();
    expect(kindOfJson(text)).toBe(text.startsWith('[') ? 'array' : 'other');
    expect(process.memoryUsage().heapUsed - heapUsed).toBeLessThan(32 * 1_048_576);
  });
});

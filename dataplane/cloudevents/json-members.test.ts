import { describe, expect, test } from '@jest/globals';

import { jsonMembers, spliceMembers } from './json-members.ts';

describe('jsonMembers', () => {
  test.each([
    '{}',
    ' { } ',
    '{"a":1}',
    '{ "a" : -1.5e3 , "b\\"\\\\" : [ {"x":"]}\\""} , [[]] ] ,\n"c":null,"d":"\\\\","e":{"f":{}},"g":true }',
    '{"a":[],"a":{}}',
  ])('finds the value of every member of %s', (text) => {
    const members = [...jsonMembers(text)];
    const values = members.map(({ name, start, end }) => [name, JSON.parse(text.slice(start, end)) as unknown]);
    expect(Object.fromEntries(values)).toEqual(JSON.parse(text));
    for (const { start, end } of members) expect(text.slice(start, end)).toBe(text.slice(start, end).trim());
  });

  test('agrees with JSON.parse on random documents', () => {
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
    const value = (depth: number): unknown => {
      const kind = random(depth > 3 ? 4 : 6);
      if (kind === 4) return Array.from({ length: random(4) }, () => value(depth + 1));
      if (kind === 5) return object(depth + 1);
      return [random(1000) / 8, null, true, ['"', '\\', '{', ']', 'ü', ' ', '\\"'].slice(random(7)).join('')][kind];
    };
    const object = (depth: number): unknown => Object.fromEntries(Array.from({ length: random(5) }, (_none, i) => [`${'\\"}{'.slice(random(4))}${i}`, value(depth)]));
    for (let round = 0; round < 2000; round += 1) {
      const document = object(0);
      const text = JSON.stringify(document, undefined, random(2) * 2);
      const read = [...jsonMembers(text)].map(({ name, start, end }) => [name, JSON.parse(text.slice(start, end)) as unknown]);
      expect(Object.fromEntries(read)).toEqual(document);
    }
  });
});

describe('spliceMembers', () => {
  test('adds to an empty object', () => expect(spliceMembers('{}', { a: 'b' })).toBe('{"a":"b"}'));
  test('changes nothing where nothing is given', () => expect(spliceMembers(' {"a" : 1} ', {})).toBe(' {"a" : 1} '));
});

import { describe, expect, test } from '@jest/globals';

import { matchesWildcard, wildcardList } from './wildcard.ts';

describe('matchesWildcard', () => {
  test.each([
    ['*', ''],
    ['*', 'anything'],
    ['orders', 'orders'],
    ['orders-*', 'orders-'],
    ['orders-*', 'orders-eu'],
    ['*-eu', 'orders-eu'],
    ['a*b*c', 'abc'],
    ['a*b*c', 'a-b-b-c-c'],
    ['**', 'x'],
    ['a.b', 'a.b'],
  ])('%s matches "%s"', (pattern, text) => expect(matchesWildcard(pattern, text)).toBe(true));

  test.each([
    ['', 'x'],
    ['orders', 'orders-eu'],
    ['orders-*', 'my-orders-eu'],
    ['ab*ba', 'aba'],
    ['a*b*c', 'acb'],
    ['a.b', 'axb'],
    ['*-eu', 'orders-eu-2'],
  ])('%s does not match "%s"', (pattern, text) => expect(matchesWildcard(pattern, text)).toBe(false));

  test('T9: takes no longer for a text and a pattern made to be slow', () => {
    expect(matchesWildcard(`${'a*'.repeat(5000)}b`, 'a'.repeat(20_000))).toBe(false);
  });
});

describe('wildcardList', () => {
  test('is split at commas, without blanks', () => expect(wildcardList(' a, b-* ,,\n*')).toEqual(['a', 'b-*', '*']));
});

import { describe, expect, test } from '@jest/globals';

import { oneLine } from './hook-error.ts';

describe('K8: oneLine', () => {
  test('is one line of at most 200 characters', () => {
    expect(oneLine(' a\n\tb  c ')).toBe('a b c');
    expect(oneLine('x'.repeat(500))).toHaveLength(200);
  });
});

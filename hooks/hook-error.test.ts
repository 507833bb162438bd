import { describe, expect, test } from '@jest/globals';

import { failureLine, oneLine } from './hook-error.ts';

describe('K8: oneLine', () => {
  test('is one line of at most 200 characters, without its middle where there are more', () => {
    expect(oneLine(' a\n\tb  c ')).toBe('a b c');
    expect(oneLine(`what it is about: ${'x'.repeat(500)}: what to do`)).toMatch(/^what it is about: x+…x+: what to do$/);
    expect(oneLine('x'.repeat(500))).toHaveLength(200);
    expect(oneLine('x'.repeat(200))).toBe('x'.repeat(200));
  });
});

describe('K8: failureLine', () => {
  const failure = { what: 'the Kafka Secret is gone', remedy: 'make it again' };

  test('names the object, what happened and what to do', () => {
    expect(failureLine('KafkaTopic a/b', failure)).toBe('KafkaTopic a/b: the Kafka Secret is gone: make it again');
  });

  test.each([250, 316, 10_000])('shortens a name of %d characters in its middle, and nothing else', (length) => {
    const line = failureLine(`KafkaTopic ${'a'.repeat(length)}z`, failure);
    expect(line).toHaveLength(200);
    expect(line).toMatch(/^KafkaTopic a+…a+z: the Kafka Secret is gone: make it again$/);
  });

  test('keeps the beginning of the name and the remedy where what happened is long', () => {
    const line = failureLine(`KafkaTopic ${'a'.repeat(300)}`, { ...failure, what: 'w'.repeat(500) });
    expect(line).toHaveLength(200);
    expect(line).toMatch(/^KafkaTopic a+…a+: w+…w+: make it again$/);
  });
});

import { describe, expect, test } from '@jest/globals';

import { formatRoutesFile, parseRoutesFile } from './routes-file.ts';

const routes = (count: number): Record<string, { topic: string }> => Object.fromEntries(Array.from({ length: count }, (_, index) => [`shop/c-${index}`, { topic: `orders-${index}` }]));

describe('files between the planes', () => {
  test('are for people to read while they are short', () => {
    expect(formatRoutesFile(routes(1))).toBe('{\n "shop/c-0": {\n  "topic": "orders-0"\n }\n}\n');
  });

  test.each([0, 1, 1500, 5000])('say the same after being written and read: %d channels', (count) => {
    expect(parseRoutesFile(formatRoutesFile(routes(count)))).toEqual(routes(count));
  });

  test('have the same bytes each time, packed too', () => expect(formatRoutesFile(routes(5000))).toBe(formatRoutesFile(routes(5000))));

  test.each(['{"brotli": "!"}', '{"brotli": "iwCAAAAA"}', '{"brotli": 1}', 'null', ''])('that are none are refused: %s', (text) => expect(() => parseRoutesFile(text)).toThrow('routes.json: '));
});

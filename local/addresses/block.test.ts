import { describe, expect, test } from '@jest/globals';

import { addressLines } from './block.ts';

const others = ['Kafka', 'Metrics of receiver', 'State', 'Logs'].map((name) => ({ name, address: 'x' }));
const channels = (count: number): { name: string; address: string }[] => Array.from({ length: count }, (_, index) => ({ name: `Channel a/${index}`, address: 'http://x' }));

describe('addressLines', () => {
  test('names and addresses are aligned', () => {
    expect(addressLines(channels(1), others)).toEqual(['Channel a/0          http://x', 'Kafka                x', 'Metrics of receiver  x', 'State                x', 'Logs                 x']);
  });

  test('never more than 11, however many channels there are', () => {
    expect(addressLines(channels(7), others)).toHaveLength(11);
    const lines = addressLines(channels(30), others);
    expect(lines).toHaveLength(11);
    expect(lines[6]).toMatch(/^More channels +24, as /);
  });
});

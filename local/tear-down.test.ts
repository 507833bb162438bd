import { describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';

import { TearDown } from './tear-down.ts';

describe('TearDown', () => {
  test('ends the last first, also when one fails, and kills what takes too long', async () => {
    const order: string[] = [];
    const tearDown = new TearDown();
    tearDown.add({ stop: () => Promise.resolve(void order.push('first')) });
    tearDown.add({ stop: () => Promise.reject(new Error('no')) });
    tearDown.add({ stop: () => delay(60_000, undefined, { ref: false }), kill: () => void order.push('killed') });
    await tearDown.stop(50);
    expect(order).toEqual(['killed', 'first']);
    await tearDown.stop(50);
    expect(order).toHaveLength(2);
  });

  test('kills everything at once', () => {
    const order: string[] = [];
    const tearDown = new TearDown();
    for (const name of ['a', 'b']) tearDown.add({ stop: () => Promise.resolve(), kill: () => void order.push(name) });
    tearDown.kill();
    expect(order).toEqual(['b', 'a']);
  });
});

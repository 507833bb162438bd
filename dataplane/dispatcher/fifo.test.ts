import { expect, test } from '@jest/globals';

import { seeded } from '../../test/support/random.ts';
import { Fifo } from './fifo.ts';

test('gives back what it was given, in that order, however long it gets', () => {
  const random = seeded(1);
  const fifo = new Fifo<number>();
  const given: number[] = [];
  const gotBack: (number | undefined)[] = [];
  for (let step = 0; step < 20_000; step += 1) {
    if (random() < (step < 12_000 ? 0.7 : 0.3)) {
      fifo.push(step);
      given.push(step);
    } else if (fifo.length > 0) gotBack.push(fifo.shift());
  }
  expect(fifo.length).toBe(given.length - gotBack.length);
  expect(gotBack).toEqual(given.slice(0, gotBack.length));
  fifo.clear();
  expect([fifo.length, fifo.shift()]).toEqual([0, undefined]);
});

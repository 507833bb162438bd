import { describe, expect, test } from '@jest/globals';

import { OffsetPrefix } from './offset-prefix.ts';

/** A small generator of its own, so that a failure can be repeated from its seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The same by definition: the lowest started and unfinished offset, else the end of what was read. */
function model(started: Set<number>, finished: Set<number>, end: number): number {
  const open = [...started].filter((offset) => !finished.has(offset));
  return open.length > 0 ? Math.min(...open) : end;
}

describe('OffsetPrefix', () => {
  test('stays at its start while nothing is finished', () => {
    const prefix = new OffsetPrefix(7);
    expect(prefix.committable).toBe(7);
    prefix.start(7);
    expect(prefix.committable).toBe(7);
  });

  test('waits for the lowest, then takes what was finished ahead of it', () => {
    const prefix = new OffsetPrefix(0);
    for (const offset of [0, 1, 2, 5]) prefix.start(offset);
    for (const offset of [1, 2, 5]) prefix.finish(offset);
    expect(prefix.committable).toBe(0);
    prefix.finish(0);
    expect(prefix.committable).toBe(6);
  });

  test('passes gaps, also at the end', () => {
    const prefix = new OffsetPrefix(0);
    prefix.start(3);
    prefix.finish(3);
    prefix.readUpTo(90);
    expect(prefix.committable).toBe(90);
  });

  test.each(Array.from({ length: 50 }, (_, seed) => seed))('is what the definition says, whatever the order (seed %i)', (seed) => {
    const random = randomFrom(seed);
    const prefix = new OffsetPrefix(10);
    const started = new Set<number>();
    const finished = new Set<number>();
    const open: number[] = [];
    let end = 10;
    for (let step = 0; step < 4000; step += 1) {
      if (random() < 0.5 || open.length === 0) {
        end += Math.floor(random() * 3);
        prefix.start(end);
        started.add(end);
        open.push(end);
        end += 1;
      } else {
        const [offset = -1] = open.splice(Math.floor(random() * Math.min(open.length, 40)), 1);
        prefix.finish(offset);
        finished.add(offset);
      }
      if (random() < 0.1) {
        end += 5;
        prefix.readUpTo(end);
      }
      if (step % 97 === 0 || open.length === 0) expect(prefix.committable).toBe(model(started, finished, end));
    }
    for (const offset of open) prefix.finish(offset);
    expect(prefix.committable).toBe(end);
  });
});

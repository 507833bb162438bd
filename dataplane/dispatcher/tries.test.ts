import { describe, expect, test } from '@jest/globals';

import type { AttemptEnd, Destination } from './delivery-log.ts';
import type { Tried } from './tries.ts';
import { Tries, untried } from './tries.ts';

const now = 1_795_000_000_000;

/** What is kept of a record, from owner to owner. */
class Kept {
  tried: Tried = untried;

  /** The next owner's view of it. */
  owner(): Tries {
    const records = { starting: new AbortController().signal, tried: () => this.tried, changed: (_offset: number, tried: Tried) => void (this.tried = tried) };
    return new Tries(0, records, { now: () => now, waitFor: () => Promise.resolve() });
  }

  async failed(attempt: number, destination: Destination = 'subscriber'): Promise<void> {
    await this.owner().failed(anEnd(attempt, 503, destination), 700);
  }

  cut(attempt: number): void {
    this.owner().cut(anEnd(attempt, null));
  }
}

function anEnd(attempt: number, status: number | null, destination: Destination = 'subscriber'): AttemptEnd {
  return { destination, attempt, status, durationMs: 1 };
}

describe('K9: attempts that were cut off with their partition', () => {
  test('are three more than none where all were', () => {
    const kept = new Kept();
    for (const attempt of [1, 2, 3]) kept.cut(attempt);
    expect([kept.owner().isSpent('subscriber', 0), kept.owner().lastOutcome('subscriber')]).toEqual([false, expect.objectContaining({ kind: 'unanswered', error: expect.stringContaining('cut off') })]);
    kept.cut(4);
    expect(kept.owner().isSpent('subscriber', 0)).toBe(true);
  });

  test('count as others do once one has failed of itself, before them or between them', async () => {
    const before = new Kept();
    await before.failed(1);
    before.cut(2);
    const between = new Kept();
    between.cut(1);
    await between.failed(2);
    between.cut(3);
    expect([before.owner().isSpent('subscriber', 1), between.owner().isSpent('subscriber', 2)]).toEqual([true, true]);
  });

  test('are made again at once, however long the wait was before', async () => {
    const kept = new Kept();
    await kept.failed(1);
    expect(kept.owner().dueAt).toBe(now + 700);
    kept.cut(2);
    expect(kept.owner().dueAt).toBe(0);
  });
});

test('what is given up is handed to the dead letter sink at once, and remembered with what was answered', async () => {
  const kept = new Kept();
  await kept.failed(1);
  kept.owner().giveUp(anEnd(2, 500));
  expect(kept.tried).toMatchObject({ subscriber: 2, givenUpAt: 'subscriber', status: 500, dueAt: 0 });
});

test('a dead letter sink is tried without end: nothing is counted but when it is due', async () => {
  const kept = new Kept();
  await kept.failed(9, 'deadLetterSink');
  expect([kept.tried, kept.owner().isSpent('deadLetterSink', 0)]).toEqual([{ ...untried, dueAt: now + 700 }, false]);
});

import { describe, expect, test } from '@jest/globals';

import type { JudgedRun } from './judgement.ts';
import { judgement } from './judgement.ts';

const figures = { sent: 100, acknowledged: 100, delivered: 100, lost: 0, duplicates: 0, inversions: 0 };
const subscriptions = [{ uid: 'one', order: 'ordered' }] as const;

/** Ten events a second for ten seconds. */
function sends(outcome: 'ok' | 'unknown' = 'ok') {
  return Array.from({ length: 101 }, (_none, index) => ({ id: `a.${index}.1`, calledAt: 100 * index, returnedAt: 100 * index, outcome, digest: '' }));
}

function run(more: Partial<JudgedRun>): JudgedRun {
  return { scenario: {}, figures, violations: [], history: { sends: sends(), subscriptions }, kills: 0, recoverySeconds: 1, ...more };
}

describe('a run has passed', () => {
  test('when nothing is wrong', () => expect(judgement(run({}))).toEqual([]));

  test('with duplicates, where the scenario does not bound them', () => expect(judgement(run({ figures: { ...figures, duplicates: 5000 } }))).toEqual([]));

  test('with what was in flight and finished since the last commit, for each kill', () => {
    const killed = { scenario: { duplicates: 'in flight when killed' }, kills: 2 } as const;
    expect(judgement(run({ ...killed, figures: { ...figures, duplicates: 159 } }))).toEqual([]);
    expect(judgement(run({ ...killed, figures: { ...figures, duplicates: 160 } }))).toEqual(['160 duplicates, 159 are allowed']);
    expect(judgement(run({ ...killed, kills: 0, figures: { ...figures, duplicates: 1 } }))).toEqual(['1 duplicates, 0 are allowed']);
  });
});

describe('a run has failed', () => {
  test.each<[string, Partial<JudgedRun>, string]>([
    ['anything that a checker has found', { violations: [{ check: 'K1', kind: 'lost', what: 'a.1.1 is gone' }] }, 'K1: a.1.1 is gone'],
    ['a duplicate where there may be none', { scenario: { duplicates: 'none' }, figures: { ...figures, duplicates: 1 } }, '1 duplicates, 0 are allowed'],
    ['a refusal where there may be none', { scenario: { allAccepted: true }, history: { sends: sends('unknown'), subscriptions } }, '101 attempts to send were not acknowledged'],
    ['a late recovery', { scenario: { recoverWithin: 10 }, recoverySeconds: 10.1 }, 'events flowed again after 10.1 s, 10 are allowed'],
    ['a recovery that is later than any may be', { recoverySeconds: 61 }, 'events flowed again after 61 s, 60 are allowed'],
  ])('by %s', (_what, more, fault) => expect(judgement(run(more))).toEqual([fault]));
});

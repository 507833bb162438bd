import { describe, expect, test } from '@jest/globals';

import type { Check } from './conditions.ts';
import { conditionsOf } from './conditions.ts';

const now = '2026-11-22T09:00:00Z';
const met: Check = { type: 'A', ok: true, reason: 'Ready' };
const working: Check = { type: 'B', ok: false, reason: 'TopicPending', message: 'wait' };
const found: Check = { type: 'Ready', ok: true, reason: 'TopicFound' };
const failed: Check = { type: 'C', ok: false, reason: 'KafkaRefused', message: 'mend' };

function summary(...checks: Check[]): string[] {
  return conditionsOf(checks, undefined, now).map(({ type, status, reason }) => `${type}=${status} ${reason ?? ''}`);
}

describe('conditionsOf', () => {
  test.each([
    { name: 'all met', checks: [met], want: ['Ready=True Ready', 'A=True Ready'] },
    { name: 'one at work', checks: [met, working], want: ['Ready=Unknown TopicPending', 'A=True Ready', 'B=Unknown TopicPending'] },
    { name: 'one that a person must act on comes before one at work', checks: [working, failed], want: ['Ready=False KafkaRefused', 'B=Unknown TopicPending', 'C=False KafkaRefused', 'Stalled=True KafkaRefused'] },
    { name: 'one that is told only', checks: [met, { ...failed, info: true }], want: ['Ready=True Ready', 'A=True Ready', 'C=False KafkaRefused'] },
    { name: 'a Ready of its own', checks: [found], want: ['Ready=True TopicFound'] },
    { name: 'a Ready of its own that failed', checks: [{ ...failed, type: 'Ready' }], want: ['Ready=False KafkaRefused', 'Stalled=True KafkaRefused'] },
  ])('$name', ({ checks, want }) => expect(summary(...checks)).toEqual(want));

  test('H6: keeps the transition time until the status changes', () => {
    const before = [
      { type: 'Ready', status: 'Unknown' as const, lastTransitionTime: '2026-01-01T00:00:00Z' },
      { type: 'A', status: 'False' as const, lastTransitionTime: '2026-01-01T00:00:00Z' },
    ];
    const times = conditionsOf([met, working], before, now).map(({ type, lastTransitionTime }) => [type, lastTransitionTime]);
    expect(times).toEqual([['Ready', '2026-01-01T00:00:00Z'], ['A', now], ['B', now]]);
  });
});

import { describe, expect, test } from '@jest/globals';

import type { Outcome } from './http/http-client.ts';
import type { RetryPolicy } from './retry.ts';
import { backoffCapMs, backoffMs, isAccepted, isRetried, judge, retryAfterCapMs } from './retry.ts';

const policy: RetryPolicy = { retry: 3, backoffPolicy: 'exponential', backoffDelayMs: 200 };

function answered(status: number, retryAfterMs?: number): Outcome {
  return { kind: 'answered', status, rawHeaders: [], body: Buffer.alloc(0), truncated: false, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

describe('isRetried', () => {
  const retried = [404, 408, 409, 429];
  const statuses = Array.from({ length: 500 }, (_, index) => index + 100);

  test.each(statuses.map((status) => [status, (status >= 200 && status < 300) || status >= 500 || retried.includes(status)] as const))(
    'S-1: %i: accepted or retried is %s',
    (status, want) => expect(isAccepted(status) || isRetried(status)).toBe(want),
  );

  test('S-1: a redirect is neither accepted nor retried', () => expect([301, 302, 303, 307, 308].some((status) => isAccepted(status) || isRetried(status))).toBe(false));

  test('S-1: a code that no standard knows is retried', () => expect(isRetried(799)).toBe(true));
});

describe('judge', () => {
  test('retries as often as the policy says, then fails', () => {
    const verdicts = [1, 2, 3, 4].map((attempt) => judge(answered(500), attempt, policy, 0));
    expect(verdicts).toEqual([{ kind: 'retry', inMs: 200 }, { kind: 'retry', inMs: 400 }, { kind: 'retry', inMs: 800 }, { kind: 'failed' }]);
  });

  test('retries a timeout and a lost connection, not a request that cannot be made', () => {
    expect(judge({ kind: 'unanswered', error: 'timeout', failure: 'connection' }, 1, policy, 0)).toEqual({ kind: 'retry', inMs: 200 });
    expect(judge({ kind: 'unanswered', error: 'invalid URL', failure: 'refused' }, 1, policy, 0)).toEqual({ kind: 'failed' });
  });

  test('fails at once where there are no retries, or where they cannot help', () => {
    expect(judge(answered(503), 1, { ...policy, retry: 0 }, 0)).toEqual({ kind: 'failed' });
    expect(judge(answered(400), 1, policy, 0)).toEqual({ kind: 'failed' });
  });

  test.each([
    { name: 'waits as long as Retry-After asks', status: 429, asked: 5000, max: undefined, want: 5000 },
    { name: 'waits no longer than retryAfterMax', status: 503, asked: 5000, max: 1000, want: 1000 },
    { name: 'waits no longer than its own bound', status: 503, asked: 86_400_000, max: undefined, want: retryAfterCapMs },
    { name: 'never waits less than backoff says', status: 429, asked: 1, max: undefined, want: 200 },
    { name: 'ignores Retry-After where retryAfterMax is nought', status: 429, asked: 5000, max: 0, want: 200 },
    { name: 'ignores Retry-After of other answers', status: 500, asked: 5000, max: undefined, want: 200 },
  ])('F-20: $name', ({ status, asked, max, want }) => {
    const withMax = { ...policy, ...(max !== undefined && { retryAfterMaxMs: max }) };
    expect(judge(answered(status, asked), 1, withMax, 0)).toEqual({ kind: 'retry', inMs: want });
  });
});

test('S-11: no wait is longer than what a timer can wait, with the tenth at random and with Retry-After', () => {
  const days = 30 * 86_400_000;
  const longest = { kind: 'retry', inMs: 2 ** 31 - 1 };
  expect(judge(answered(500), 1, { ...policy, backoffDelayMs: 2 ** 31 - 1 }, 0.9)).toEqual(longest);
  expect(judge(answered(503, days), 1, { ...policy, retryAfterMaxMs: days }, 0)).toEqual(longest);
});

describe('backoffMs', () => {
  test('S-11: grows linearly or exponentially', () => {
    const waits = (backoffPolicy: RetryPolicy['backoffPolicy']): number[] => [1, 2, 3, 4].map((retry) => backoffMs({ backoffPolicy, backoffDelayMs: 100 }, retry, 0));
    expect(waits('linear')).toEqual([100, 200, 300, 400]);
    expect(waits('exponential')).toEqual([100, 200, 400, 800]);
  });

  test('is capped, also after very many retries', () => {
    expect(backoffMs({ backoffPolicy: 'exponential', backoffDelayMs: 100 }, 5000, 0)).toBe(backoffCapMs);
    expect(backoffMs({ backoffPolicy: 'linear', backoffDelayMs: 2 * backoffCapMs }, 3, 0)).toBe(2 * backoffCapMs);
    expect(backoffMs({ backoffPolicy: 'exponential', backoffDelayMs: 0 }, 5000, 0)).toBe(0);
  });

  test('adds up to a tenth at random', () => {
    expect(backoffMs({ backoffPolicy: 'linear', backoffDelayMs: 1000 }, 1, 0.5)).toBe(1050);
    expect(backoffMs({ backoffPolicy: 'linear', backoffDelayMs: 1000 }, 1, 0.999)).toBeLessThanOrEqual(1100);
  });
});

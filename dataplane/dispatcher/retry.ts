import type { DeliverySpec } from '../../contract/dispatcher-file.ts';
import { longestWaitMs } from './clock.ts';
import type { Outcome } from './http/http-client.ts';

/** Longest wait between two attempts that backoff alone can lead to; a longer `backoffDelay` counts as it is. */
export const backoffCapMs = 300_000;
/** Longest Retry-After that is honoured where the delivery spec sets no `retryAfterMax`. */
export const retryAfterCapMs = 600_000;
/** Any delay but none is over every cap after so many doublings. */
const mostDoublings = 30;
/** Share of a wait that is added at random, so that partitions which failed together do not come back together. */
const jitter = 0.1;

export interface RetryPolicy extends Pick<DeliverySpec, 'retry' | 'backoffPolicy' | 'backoffDelayMs' | 'retryAfterMaxMs'> {
  /** A cap lower than the usual one. */
  readonly capMs?: number;
}

/** What follows an attempt: nothing more to do, another one after a wait, or giving up. */
export type Verdict = { readonly kind: 'accepted' } | { readonly kind: 'retry'; readonly inMs: number } | { readonly kind: 'failed' };

const retriedClientErrors: ReadonlySet<number> = new Set([404, 408, 409, 429]);

export function isAccepted(status: number): boolean {
  return status >= 200 && status < 300;
}

/** Whether the same request may be accepted later. Codes that no standard knows may be. */
export function isRetried(status: number): boolean {
  return status >= 500 || retriedClientErrors.has(status);
}

/** Decides after attempt number `attempt` (1, 2, …). `random` is in [0, 1). */
export function judge(outcome: Outcome, attempt: number, policy: RetryPolicy, random: number): Verdict {
  if (outcome.kind === 'answered' && isAccepted(outcome.status)) return { kind: 'accepted' };
  const retried = outcome.kind === 'answered' ? isRetried(outcome.status) : outcome.failure !== 'refused';
  if (!retried || attempt > policy.retry) return { kind: 'failed' };
  return { kind: 'retry', inMs: Math.min(Math.max(backoffMs(policy, attempt, random), retryAfterMs(outcome, policy)), longestWaitMs) };
}

/** Wait before retry number `retry` (1, 2, …): linear `delay × n`, exponential `delay × 2^(n-1)`, capped, with up to a tenth added. */
export function backoffMs(policy: Pick<RetryPolicy, 'backoffPolicy' | 'backoffDelayMs' | 'capMs'>, retry: number, random: number): number {
  const { backoffDelayMs: delay, backoffPolicy, capMs = backoffCapMs } = policy;
  const wanted = backoffPolicy === 'linear' ? delay * retry : delay * 2 ** Math.min(retry - 1, mostDoublings);
  return Math.round(Math.min(wanted, Math.max(delay, capMs)) * (1 + jitter * random));
}

function retryAfterMs(outcome: Outcome, policy: RetryPolicy): number {
  if (outcome.kind !== 'answered' || (outcome.status !== 429 && outcome.status !== 503)) return 0;
  return Math.min(outcome.retryAfterMs ?? 0, policy.retryAfterMaxMs ?? retryAfterCapMs);
}

import type { DeliverySpec } from '../../contract/dispatcher-file.ts';
import { bounded } from './bounded-text.ts';
import { shownUrl, withoutCredentials } from './destination.ts';
import type { Outcome } from './http/http-client.ts';
import type { RetryPolicy } from './retry.ts';

/** Bytes of an answer that a dead letter carries. */
export const errorDataBytes = 1024;

/** Why an event became a dead letter, as extensions: where it was sent, and the answer's code and first bytes where there was an answer. */
export function deadLetterExtensions(destination: string, outcome: Outcome): Record<string, string> {
  const knativeerrordest = withoutCredentials(destination);
  if (outcome.kind === 'unanswered') return { knativeerrordest };
  const data = outcome.body.subarray(0, errorDataBytes).toString('base64');
  return { knativeerrordest, knativeerrorcode: String(outcome.status), ...(data && { knativeerrordata: data }) };
}

/** An answer with as much of its body as a dead letter carries. */
export function withoutRest(outcome: Outcome): Outcome {
  return outcome.kind === 'answered' ? { ...outcome, body: Buffer.from(outcome.body.subarray(0, errorDataBytes)) } : outcome;
}

/** A sink that is down is waited for, without end: the retries of the delivery spec are for subscribers. */
export function deadLetterPolicy({ backoffPolicy, backoffDelayMs, retryAfterMaxMs }: DeliverySpec): RetryPolicy {
  const policy: RetryPolicy = { retry: Infinity, backoffPolicy, backoffDelayMs: Math.min(Math.max(backoffDelayMs, 200), 30_000), capMs: 30_000 };
  return retryAfterMaxMs === undefined ? policy : { ...policy, retryAfterMaxMs };
}

/** One line on why an attempt did not succeed. */
export function failureText(destination: string, outcome: Outcome): string {
  return `${shownUrl(destination)}: ${outcome.kind === 'answered' ? `answered ${outcome.status}` : bounded(outcome.error)}`;
}

import { bounded } from './bounded-text.ts';
import type { AttemptEnd, Destination } from './delivery-log.ts';
import type { Pass } from './gate.ts';
import type { HttpClient, HttpRequest, Outcome } from './http/http-client.ts';
import { NotBegun } from './not-begun.ts';
import type { RetryPolicy } from './retry.ts';
import { judge } from './retry.ts';
import type { AttemptOutcome } from './subscription-counts.ts';
import type { Tries } from './tries.ts';

export interface Sending {
  readonly destination: Destination;
  /** What each attempt sends; abandoned with what is sent. */
  readonly request: HttpRequest;
  readonly policy: RetryPolicy;
}

export interface Sent {
  readonly accepted: boolean;
  /** Of the last attempt. */
  readonly outcome: Outcome;
  readonly end: AttemptEnd;
}

/** What a record takes along: permission to have it under way, what was tried for it before, and what abandons it. */
export interface Baggage {
  readonly pass: Pass;
  /** What was tried before counts. */
  readonly tries: Tries;
  readonly signal: AbortSignal;
}

export interface AttemptsOptions<Of extends Baggage> {
  readonly client: HttpClient;
  readonly random: () => number;
  attempted(outcome: AttemptOutcome, seconds: number): void;
  retrying(of: Of, end: AttemptEnd): void;
  /** It was abandoned with its partition. */
  cut(of: Of, end: AttemptEnd): void;
}

/** Sends until it is accepted or given up. Waits between attempts outside the gate. Rejects when abandoned. */
export async function send<Of extends Baggage>(sending: Sending, of: Of, options: AttemptsOptions<Of>): Promise<Sent> {
  const { request, policy, destination } = sending;
  const { pass, tries } = of;
  if (tries.isSpent(destination, policy.retry)) return sentBefore(destination, tries);
  // What came before may have taken longer than the session.
  if (!pass.isValid) await pass.outside(() => Promise.resolve());
  for (let attempt = tries.made(destination) + 1; ; attempt += 1) {
    const started = performance.now();
    let outcome: Outcome;
    try {
      outcome = await options.client.post(request);
    } catch (error) {
      if (error instanceof NotBegun) {
        await pass.outside(() => Promise.resolve());
        attempt -= 1;
        continue;
      }
      const end: AttemptEnd = { destination, attempt, status: null, durationMs: Math.round(performance.now() - started) };
      tries.cut(end);
      options.cut(of, end);
      throw error;
    }
    const durationMs = performance.now() - started;
    options.attempted(attemptOutcome(outcome), durationMs / 1000);
    const end: AttemptEnd = { destination, attempt, status: outcome.kind === 'answered' ? outcome.status : null, durationMs: Math.round(durationMs) };
    const verdict = judge(outcome, attempt, policy, options.random());
    if (verdict.kind !== 'retry') return { accepted: verdict.kind === 'accepted', outcome, end };
    options.retrying(of, { ...end, nextAttemptInMs: verdict.inMs, ...(outcome.kind === 'unanswered' && { error: bounded(outcome.error) }) });
    await pass.outside(() => tries.failed(end, verdict.inMs));
  }
}

/** The last attempt, made by an earlier owner of the partition. */
export function sentBefore(destination: Destination, tries: Tries): Sent {
  const outcome = tries.lastOutcome(destination);
  return { accepted: false, outcome, end: { destination, attempt: tries.made(destination), status: outcome.kind === 'answered' ? outcome.status : null, durationMs: 0 } };
}

const statusClasses = ['other', 'other', '2xx', '3xx', '4xx', '5xx'] as const;

function attemptOutcome(outcome: Outcome): AttemptOutcome {
  return outcome.kind === 'unanswered' ? outcome.failure : (statusClasses[Math.floor(outcome.status / 100)] ?? 'other');
}

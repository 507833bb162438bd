import { setTimeout as delay } from 'node:timers/promises';

import type { AttemptEnd, Destination } from './delivery-log.ts';
import type { Pass } from './gate.ts';
import type { HttpClient, Outcome } from './http-client.ts';
import type { Outgoing } from './outgoing.ts';
import type { RetryPolicy } from './retry.ts';
import { judge } from './retry.ts';

export interface Sending {
  readonly destination: Destination;
  readonly url: string;
  readonly outgoing: Outgoing;
  readonly policy: RetryPolicy;
  /** Longest time of one attempt. */
  readonly timeoutMs: number;
  /** Bytes of an answer that are kept. */
  readonly bodyLimit: number;
}

export interface Sent {
  readonly accepted: boolean;
  /** Of the last attempt. */
  readonly outcome: Outcome;
  readonly end: AttemptEnd;
}

export interface AttemptsOptions {
  readonly client: HttpClient;
  readonly random: () => number;
  readonly pass: Pass;
  readonly signal: AbortSignal;
  retrying(end: AttemptEnd): void;
}

/** Sends until it is accepted or given up. Waits between attempts outside the gate. Rejects when abandoned. */
export async function send(sending: Sending, options: AttemptsOptions): Promise<Sent> {
  const { url, outgoing, policy, destination, timeoutMs, bodyLimit } = sending;
  const { client, random, pass, signal } = options;
  for (let attempt = 1; ; attempt += 1) {
    const started = performance.now();
    const outcome = await client.post({ url, ...outgoing, timeoutMs, bodyLimit, signal });
    const end: AttemptEnd = { destination, attempt, status: outcome.kind === 'answered' ? outcome.status : null, durationMs: Math.round(performance.now() - started) };
    const verdict = judge(outcome, attempt, policy, random());
    if (verdict.kind !== 'retry') return { accepted: verdict.kind === 'accepted', outcome, end };
    options.retrying({ ...end, nextAttemptInMs: verdict.inMs, ...(outcome.kind === 'unanswered' && { error: outcome.error }) });
    await pass.outside(() => delay(verdict.inMs, undefined, { signal }));
  }
}

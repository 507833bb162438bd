import { InvalidEventError } from '../cloudevents/event.ts';
import type { ProduceFault } from '../kafka/produce-error.ts';
import { ProduceError } from '../kafka/produce-error.ts';

/** Every way in which a request is refused: the one table. `seconds` becomes Retry-After. */
export const refusals = {
  invalid_event: { status: 400 },
  bad_request: { status: 400 },
  /** No HTTP. */
  malformed: { status: 400 },
  unknown_channel: { status: 404 },
  method: { status: 405 },
  timeout: { status: 408 },
  too_large: { status: 413 },
  encoding: { status: 415 },
  expectation: { status: 417 },
  overloaded: { status: 429, seconds: 1 },
  head_too_large: { status: 431 },
  /** Never sent; in the metrics only. */
  sender_gone: { status: 499 },
  /** Closed without an answer; no request, so without a code in the metrics. */
  too_many_connections: { status: 0 },
  failed: { status: 500 },
  transfer_encoding: { status: 501 },
  unavailable: { status: 503, seconds: 2 },
} as const satisfies Record<string, { status: number; seconds?: number }>;

export type RefusalKind = keyof typeof refusals;

/** An answer other than 202, with the reason that the sender reads. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly kind: RefusalKind;

  constructor(kind: RefusalKind, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.kind = kind;
  }
}

const kindOfFault: Readonly<Record<ProduceFault, RefusalKind>> = {
  unavailable: 'unavailable',
  'unknown-topic': 'unknown_channel',
  'too-large': 'too_large',
  invalid: 'invalid_event',
  refused: 'unavailable',
};

/** The refusal that an error amounts to; what is not foreseen is ours, and says nothing of what it was. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof InvalidEventError) return new Refusal('invalid_event', error.message);
  if (error instanceof ProduceError) return new Refusal(kindOfFault[error.fault], error.message);
  return new Refusal('failed', 'the receiver failed', { cause: error });
}

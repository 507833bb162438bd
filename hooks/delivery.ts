import type { DeliverySpec } from '../contract/dispatcher-file.ts';
import { parseDuration } from '../contract/duration.ts';
import type { KafkaChannel, Subscriber } from '../contract/generated/kafkachannel.ts';
import { reasons } from '../contract/reasons.ts';
import type { SinkAddress, SinkContext } from './dead-letter-sink.ts';
import { isAskedFor, isHttpUrl, resolveDeadLetterSink } from './dead-letter-sink.ts';
import type { Fault } from './kafka-secret.ts';
import { isFault } from './kafka-secret.ts';

type Delivery = NonNullable<Subscriber['delivery']>;
type Sink = SinkAddress | Fault | undefined;

/** Longest delay that a timer takes. */
const longestMs = 2 ** 31 - 1;

export interface ServingFault {
  readonly message: string;
  /** A person must act; else it passes by itself. */
  readonly stalls: boolean;
}

/** How a subscriber is served, or why it cannot be without losing events: then it is left out of the dispatcher's file, and its offsets wait. */
export interface Serving {
  readonly delivery: DeliverySpec;
  /** For the subscriber's status; undefined where all is well. */
  readonly fault: ServingFault | undefined;
  /** Whether the fault is one that keeps it from being served. */
  readonly held: boolean;
}

/** S-9: the subscriber's delivery as a whole, else, where it sets nothing, the channel's. */
export function servingOf({ spec }: KafkaChannel, subscriber: Subscriber, context: SinkContext): Serving {
  const own = subscriber.delivery ?? {};
  const asked: Delivery = Object.keys(own).length > 0 ? own : (spec.delivery ?? {});
  const sink: Sink = isAskedFor(asked.deadLetterSink) ? resolveDeadLetterSink(asked.deadLetterSink, context) : undefined;
  const holding = addressFault(subscriber) ?? sinkFault(sink);
  return { delivery: deliverySpec(asked, sink), fault: holding ?? durationFault(asked), held: holding !== undefined };
}

function deliverySpec(asked: Delivery, sink: Sink): DeliverySpec {
  const retryAfterMaxMs = milliseconds(asked.retryAfterMax);
  return {
    retry: asked.retry ?? 0,
    backoffPolicy: asked.backoffPolicy ?? 'exponential',
    backoffDelayMs: milliseconds(asked.backoffDelay) ?? 1000,
    timeoutMs: Math.max(1, milliseconds(asked.timeout) ?? 600_000),
    ...(retryAfterMaxMs !== undefined && { retryAfterMaxMs }),
    format: asked.format ?? 'binary',
    ...(sink && !isFault(sink) && { deadLetterUri: sink.uri }),
  };
}

function milliseconds(duration: string | undefined): number | undefined {
  const parsed = duration === undefined ? undefined : parseDuration(duration);
  return parsed === undefined ? undefined : Math.min(parsed, longestMs);
}

function addressFault(subscriber: Subscriber): ServingFault | undefined {
  const { subscriberUri, replyUri } = subscriber;
  if (subscriberUri === undefined && replyUri === undefined) return invalid('it has no subscriberUri and no replyUri that can be read: give one');
  const wrong = (['subscriberUri', 'replyUri'] as const).find((field) => subscriber[field] !== undefined && !isHttpUrl(subscriber[field]));
  return wrong && invalid(`${wrong} is not an absolute http or https address: correct it`);
}

function sinkFault(sink: Sink): ServingFault | undefined {
  return sink && isFault(sink) ? { stalls: reasons[sink.reason].stalls, message: `nothing is delivered, for the dead letter sink cannot be resolved: ${sink.message}` } : undefined;
}

function durationFault(asked: Delivery): ServingFault | undefined {
  const wrong = (['backoffDelay', 'timeout', 'retryAfterMax'] as const).find((field) => asked[field] !== undefined && parseDuration(asked[field]) === undefined);
  return wrong && invalid(`delivery.${wrong} is not an ISO-8601 duration, so the default is used: write it like PT1S`);
}

function invalid(message: string): ServingFault {
  return { message, stalls: true };
}

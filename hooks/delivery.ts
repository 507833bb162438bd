import type { DeliverySpec } from '../contract/dispatcher-file.ts';
import { parseDuration } from '../contract/duration.ts';
import type { KafkaChannel, Subscriber } from '../contract/generated/kafkachannel.ts';
import type { ChannelKey } from '../contract/names.ts';
import { deadLetterSinkUri, isAskedFor, isHttpUrl } from './dead-letter-sink.ts';

type Delivery = NonNullable<Subscriber['delivery']>;

/** Longest delay that a timer takes. */
const longestMs = 2 ** 31 - 1;

/** How a subscriber is served, or why it cannot be without losing events: then it is left out of the dispatcher's file, and its offsets wait. */
export interface Serving {
  readonly delivery: DeliverySpec;
  /** For the subscriber's status; undefined where all is well. */
  readonly fault: string | undefined;
  /** Whether the fault is one that keeps it from being served. */
  readonly held: boolean;
}

/** S-9: the subscriber's delivery as a whole, else, where it sets nothing, the channel's. */
export function servingOf(channel: KafkaChannel, subscriber: Subscriber, clusterDomain: string): Serving {
  const own = subscriber.delivery ?? {};
  const asked: Delivery = Object.keys(own).length > 0 ? own : (channel.spec.delivery ?? {});
  const key = { namespace: channel.metadata.namespace ?? '', name: channel.metadata.name };
  const holding = addressFault(subscriber) ?? sinkFault(asked, key, clusterDomain);
  const fault = holding ?? durationFault(asked);
  return { delivery: deliverySpec(asked, key, clusterDomain), fault, held: holding !== undefined };
}

function deliverySpec(asked: Delivery, channel: ChannelKey, clusterDomain: string): DeliverySpec {
  const deadLetterUri = deadLetterSinkUri(asked.deadLetterSink, channel, clusterDomain);
  const retryAfterMaxMs = milliseconds(asked.retryAfterMax);
  return {
    retry: asked.retry ?? 0,
    backoffPolicy: asked.backoffPolicy ?? 'exponential',
    backoffDelayMs: milliseconds(asked.backoffDelay) ?? 1000,
    timeoutMs: Math.max(1, milliseconds(asked.timeout) ?? 600_000),
    ...(retryAfterMaxMs !== undefined && { retryAfterMaxMs }),
    format: asked.format ?? 'binary',
    ...(deadLetterUri && { deadLetterUri }),
  };
}

function milliseconds(duration: string | undefined): number | undefined {
  const parsed = duration === undefined ? undefined : parseDuration(duration);
  return parsed === undefined ? undefined : Math.min(parsed, longestMs);
}

function addressFault(subscriber: Subscriber): string | undefined {
  const wrong = (['subscriberUri', 'replyUri'] as const).find((field) => subscriber[field] !== undefined && !isHttpUrl(subscriber[field]));
  return wrong && `${wrong} is not an absolute http or https address: correct it`;
}

function sinkFault({ deadLetterSink }: Delivery, channel: ChannelKey, clusterDomain: string): string | undefined {
  if (!isAskedFor(deadLetterSink) || deadLetterSinkUri(deadLetterSink, channel, clusterDomain) !== undefined) return undefined;
  return 'delivery.deadLetterSink cannot be resolved, so nothing is delivered: give its uri';
}

function durationFault(asked: Delivery): string | undefined {
  const wrong = (['backoffDelay', 'timeout', 'retryAfterMax'] as const).find((field) => asked[field] !== undefined && parseDuration(asked[field]) === undefined);
  return wrong && `delivery.${wrong} is not an ISO-8601 duration, so the default is used: write it like PT1S`;
}

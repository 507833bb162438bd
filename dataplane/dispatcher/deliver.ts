import type { SubscriptionSpec } from '../../contract/dispatcher-file.ts';
import type { CloudEvent, PassThroughHeaders } from '../cloudevents/event.ts';
import { InvalidEventError, withExtensions } from '../cloudevents/event.ts';
import { eventFromRecord } from '../cloudevents/kafka.ts';
import type { FetchedRecord } from '../kafka/fetched-records.ts';
import type { AttemptsOptions, Sending, Sent } from './attempts.ts';
import { send, sentBefore } from './attempts.ts';
import { deadLetterExtensions, deadLetterPolicy, errorDataBytes, failureText } from './dead-letter.ts';
import type { AttemptEnd, DeliveryLog, Destination, Subject } from './delivery-log.ts';
import { shownUrl } from './destination.ts';
import type { Pass } from './gate.ts';
import type { HttpClient } from './http-client.ts';
import type { SubscriptionMetrics } from './metrics.ts';
import type { Outgoing } from './outgoing.ts';
import { askingForReply, outgoingEvent, outgoingRecord } from './outgoing.ts';
import { replyLimitBytes, replyOf } from './reply.ts';
import type { DropReason } from './subscription-counts.ts';
import type { Tries } from './tries.ts';

export interface DeliveryOptions {
  readonly spec: SubscriptionSpec;
  /** Namespace of the channel. */
  readonly namespace: string;
  readonly client: HttpClient;
  readonly log: DeliveryLog;
  readonly metrics: SubscriptionMetrics;
  /** In [0, 1). */
  readonly random: () => number;
}

/** What a record takes along: permission to have it under way, what was tried for it before, and what abandons it. */
export interface Baggage {
  readonly pass: Pass;
  readonly tries: Tries;
  readonly signal: AbortSignal;
}

/** A record on its way: how to speak of it and what holds it up. */
interface Journey extends Baggage {
  readonly subject: Subject;
}

interface Arrived {
  readonly event: CloudEvent;
  readonly passThrough: PassThroughHeaders;
}

/** Takes one record through subscriber, reply and dead letter sink until nothing is left to do for it. Rejects only when abandoned. */
export class Delivery {
  readonly #options: DeliveryOptions;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  async deliver(record: FetchedRecord, partition: number, baggage: Baggage): Promise<void> {
    const arrived = eventOf(record);
    const journey = { subject: { event: arrived instanceof InvalidEventError ? undefined : arrived.event, partition, offset: record.offset }, ...baggage };
    if (arrived instanceof InvalidEventError) await this.#buryRecord(record, arrived, journey);
    else if (await this.#deliverEvent(arrived, journey)) this.#options.metrics.delivered();
  }

  /** Says whether the event, and its reply where there is one, got where they should. */
  async #deliverEvent(arrived: Arrived, journey: Journey): Promise<boolean> {
    const { subscriberUri, replyUri } = this.#options.spec;
    const { givenUpAt } = journey.tries;
    const failedAt = givenUpAt && this.#options.spec[`${givenUpAt}Uri`];
    if (givenUpAt && failedAt !== undefined) {
      await this.#giveUp(failedAt, sentBefore(givenUpAt, journey.tries), undefined, arrived, journey);
      return false;
    }
    const outgoing = this.#outgoing(arrived.event, arrived.passThrough);
    if (subscriberUri === undefined) return replyUri === undefined || (await this.#step('reply', replyUri, outgoing, arrived, journey)) !== undefined;
    const answer = await this.#step('subscriber', subscriberUri, askingForReply(outgoing), arrived, journey);
    if (!answer || replyUri === undefined) return answer !== undefined;
    return await this.#deliverReply(answer, subscriberUri, replyUri, arrived, journey);
  }

  async #deliverReply(answer: Sent, subscriberUri: string, replyUri: string, arrived: Arrived, journey: Journey): Promise<boolean> {
    const { metrics } = this.#options;
    const reply = replyOf(answer.outcome);
    if (reply === 'none') return true;
    if (reply === 'no event') {
      metrics.replied('ignored');
      return true;
    }
    if (reply === 'too large') {
      metrics.replied('too_large');
      await this.#giveUp(subscriberUri, answer, `its reply is longer than ${replyLimitBytes} bytes`, arrived, journey);
      return false;
    }
    const delivered = (await this.#step('reply', replyUri, this.#outgoing(reply.event, reply.passThrough), arrived, journey)) !== undefined;
    metrics.replied(delivered ? 'delivered' : 'failed');
    return delivered;
  }

  /** One destination: the answer that accepted, or undefined when the event went another way. */
  async #step(destination: Destination, url: string, outgoing: Outgoing, arrived: Arrived, journey: Journey): Promise<Sent | undefined> {
    const { delivery, replyUri } = this.#options.spec;
    const bodyLimit = destination === 'subscriber' && replyUri !== undefined ? replyLimitBytes : errorDataBytes;
    const sent = await this.#send({ destination, url, outgoing, policy: delivery, timeoutMs: delivery.timeoutMs, bodyLimit }, journey);
    if (sent.accepted) this.#options.log.delivered(journey.subject, sent.end);
    else await this.#giveUp(url, sent, undefined, arrived, journey);
    return sent.accepted ? sent : undefined;
  }

  async #giveUp(url: string, failed: Sent, reason: string | undefined, { event, passThrough }: Arrived, journey: Journey): Promise<void> {
    journey.tries.giveUp(failed.end);
    const error = reason === undefined ? failureText(url, failed.outcome) : `${shownUrl(url)}: ${reason}`;
    const letter = withExtensions(event, deadLetterExtensions(url, failed.outcome));
    await this.#bury(() => this.#outgoing(letter, passThrough), error, { ...failed.end, error }, 'delivery_failed', journey);
  }

  async #buryRecord(record: FetchedRecord, invalid: InvalidEventError, journey: Journey): Promise<void> {
    const end: AttemptEnd = { destination: 'subscriber', attempt: 0, status: null, durationMs: 0, error: invalid.message };
    await this.#bury(() => outgoingRecord(record, this.#options.namespace), invalid.message, end, 'not_an_event', journey);
  }

  /** To the dead letter sink, for as long as that takes; without a sink, or refused by it, the event is dropped. */
  async #bury(outgoing: () => Outgoing, error: string, end: AttemptEnd, reason: DropReason, journey: Journey): Promise<void> {
    const { log, metrics, spec } = this.#options;
    const { deadLetterUri: url, timeoutMs } = spec.delivery;
    if (url === undefined) {
      this.#drop(end, reason, journey);
      return;
    }
    const sent = await this.#sendToSink({ destination: 'deadLetterSink', url, outgoing: outgoing(), policy: deadLetterPolicy(spec.delivery), timeoutMs, bodyLimit: 0 }, journey);
    if (sent.accepted) {
      metrics.deadLettered();
      log.deadLettered(journey.subject, { ...sent.end, error });
    } else this.#drop({ ...sent.end, error: `${error}; dead letter sink ${failureText(url, sent.outcome)}` }, 'dead_letter_refused', journey);
  }

  #drop(end: AttemptEnd, reason: DropReason, { subject }: Journey): void {
    this.#options.metrics.dropped(reason);
    this.#options.log.dropped(subject, end);
  }

  /** Shows that an event waits for its sink, from the first failure until it is taken, refused, or given away with its partition. */
  async #sendToSink(sending: Sending, journey: Journey): Promise<Sent> {
    const { log, metrics } = this.#options;
    const waiting = { shown: false };
    try {
      return await this.#send(sending, journey, (end) => {
        if (waiting.shown) return;
        waiting.shown = true;
        metrics.waitingForDeadLetterSink(1);
        log.waiting(journey.subject, end);
      });
    } finally {
      if (waiting.shown) metrics.waitingForDeadLetterSink(-1);
    }
  }

  async #send(sending: Sending, { subject, pass, tries, signal }: Journey, failed?: (end: AttemptEnd) => void): Promise<Sent> {
    const { client, random, log, metrics } = this.#options;
    const retrying: AttemptsOptions['retrying'] = (end) => {
      metrics.retried();
      log.retrying(subject, end);
      failed?.(end);
    };
    const cut: AttemptsOptions['cut'] = (end) => {
      metrics.attempted('cut', end.durationMs / 1000);
      log.cut(subject, end);
    };
    return await send(sending, { client, random, pass, tries, signal, attempted: (outcome, seconds) => metrics.attempted(outcome, seconds), retrying, cut });
  }

  #outgoing(event: CloudEvent, passThrough: PassThroughHeaders): Outgoing {
    return outgoingEvent(event, passThrough, { namespace: this.#options.namespace, format: this.#options.spec.delivery.format });
  }
}

function eventOf(record: FetchedRecord): Arrived | InvalidEventError {
  try {
    return eventFromRecord(record);
  } catch (error) {
    if (error instanceof InvalidEventError) return error;
    throw error;
  }
}

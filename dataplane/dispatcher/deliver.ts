import type { SubscriptionSpec } from '../../contract/dispatcher-file.ts';
import { InvalidEventError, withExtensions } from '../cloudevents/event.ts';
import { eventFromRecord } from '../cloudevents/kafka.ts';
import type { FetchedRecord } from '../kafka/fetched-records.ts';
import type { AttemptsOptions, Baggage, Sending, Sent } from './attempts.ts';
import { send, sentBefore } from './attempts.ts';
import { deadLetterExtensions, deadLetterPolicy, errorDataBytes, failureText, withoutRest } from './dead-letter.ts';
import type { AttemptEnd, DeliveryLog, Destination, Subject } from './delivery-log.ts';
import { shownUrl } from './destination.ts';
import type { AskForRoom, HttpClient, HttpRequest } from './http/http-client.ts';
import type { SubscriptionMetrics } from './metrics.ts';
import type { Outgoing, OutgoingOptions } from './outgoing.ts';
import { outgoingEvent, outgoingRecord } from './outgoing.ts';
import type { Reply } from './reply.ts';
import { replyLimitBytes, replyOf } from './reply.ts';
import type { DropReason } from './subscription-counts.ts';

export interface DeliveryOptions {
  readonly spec: SubscriptionSpec;
  /** Namespace of the channel. */
  readonly namespace: string;
  readonly client: HttpClient;
  /** Where long replies have room. */
  readonly replyRoom: AskForRoom;
  readonly log: DeliveryLog;
  readonly metrics: SubscriptionMetrics;
  /** In [0, 1). */
  readonly random: () => number;
}

/** A record on its way: how to speak of it and what holds it up. */
interface Journey extends Baggage {
  readonly subject: Subject;
  /** It is shown that it waits for its dead letter sink. */
  isWaiting: boolean;
}

/** Where it is given up, and what came of the last attempt there. */
interface Failed {
  readonly url: string;
  readonly sent: Sent;
  /** Where the answer alone does not tell. */
  readonly reason?: string;
}

/** An event and what travels beside it, as a reply is one. */
type Arrived = Reply;

/** Takes one record through subscriber, reply and dead letter sink until nothing is left to do for it. Rejects only when abandoned. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #toSubscriber: OutgoingOptions;
  readonly #toOthers: OutgoingOptions;
  readonly #attempts: AttemptsOptions<Journey>;
  /** What is asked of the subscriber's answers. */
  readonly #reply: HttpRequest['reply'];

  constructor(options: DeliveryOptions) {
    const { namespace, spec, client, random, metrics, log, replyRoom } = options;
    this.#options = options;
    this.#reply = spec.replyUri === undefined ? undefined : { limit: replyLimitBytes, room: replyRoom };
    this.#toOthers = { namespace, format: spec.delivery.format, asksForReply: false };
    this.#toSubscriber = { ...this.#toOthers, asksForReply: true };
    this.#attempts = {
      client,
      random,
      attempted: (outcome, seconds) => metrics.attempted(outcome, seconds),
      retrying: (journey, end) => this.#retrying(journey, end),
      cut: ({ subject }, end) => {
        metrics.attempted('cut', end.durationMs / 1000);
        log.cut(subject, end);
      },
    };
  }

  /** Leaves by the pass in the end. */
  async deliver(record: FetchedRecord, partition: number, { pass, tries, signal }: Baggage): Promise<void> {
    try {
      const arrived = eventOf(record);
      const event = arrived instanceof InvalidEventError ? undefined : arrived.event;
      const journey: Journey = { pass, tries, signal, subject: { event, partition, offset: record.offset }, isWaiting: false };
      if (arrived instanceof InvalidEventError) await this.#buryRecord(record, arrived, journey);
      else await this.#deliverOrGiveUp(arrived, journey);
    } finally {
      pass.leave();
    }
  }

  /** What is still under way when it is given up is the event alone: nothing holds the answer any more. */
  async #deliverOrGiveUp(arrived: Arrived, journey: Journey): Promise<void> {
    const failed = this.#failedBefore(journey) ?? (await this.#deliverEvent(arrived, journey));
    if (failed) await this.#giveUp(failed, arrived, journey);
    else this.#options.metrics.delivered();
  }

  #failedBefore({ tries }: Journey): Failed | undefined {
    const { givenUpAt } = tries;
    const url = givenUpAt && this.#options.spec[`${givenUpAt}Uri`];
    return givenUpAt && url !== undefined ? { url, sent: sentBefore(givenUpAt, tries) } : undefined;
  }

  /** Says where it failed, if the event, or its reply where there is one, did not get where it should. */
  async #deliverEvent(arrived: Arrived, journey: Journey): Promise<Failed | undefined> {
    const { subscriberUri, replyUri } = this.#options.spec;
    if (subscriberUri === undefined) return replyUri === undefined ? undefined : await this.#sendReply(replyUri, arrived, journey);
    const answer = await this.#send('subscriber', subscriberUri, outgoingOf(arrived, this.#toSubscriber), journey);
    if (!answer.accepted) return { url: subscriberUri, sent: answer };
    this.#options.log.delivered(journey.subject, answer.end);
    return replyUri === undefined ? undefined : await this.#deliverReply(answer, subscriberUri, replyUri, journey);
  }

  async #deliverReply(answer: Sent, subscriberUri: string, replyUri: string, journey: Journey): Promise<Failed | undefined> {
    const room = answer.outcome.kind === 'answered' ? answer.outcome.room : undefined;
    if (room) journey.pass.returnAside();
    try {
      return await this.#handleReply(answer, subscriberUri, replyUri, journey);
    } finally {
      room?.release();
    }
  }

  async #handleReply(answer: Sent, subscriberUri: string, replyUri: string, journey: Journey): Promise<Failed | undefined> {
    const { metrics } = this.#options;
    const reply = replyOf(answer.outcome);
    if (reply === 'none') return undefined;
    if (reply === 'no event') {
      metrics.replied('ignored');
      return undefined;
    }
    if (reply === 'too large') {
      metrics.replied('too_large');
      return { url: subscriberUri, sent: { ...answer, outcome: withoutRest(answer.outcome) }, reason: `its reply is longer than ${replyLimitBytes} bytes` };
    }
    const failed = await this.#sendReply(replyUri, reply, journey);
    metrics.replied(failed ? 'failed' : 'delivered');
    return failed;
  }

  async #sendReply(url: string, reply: Reply, journey: Journey): Promise<Failed | undefined> {
    const sent = await this.#send('reply', url, outgoingOf(reply, this.#toOthers), journey);
    if (!sent.accepted) return { url, sent };
    this.#options.log.delivered(journey.subject, sent.end);
    return undefined;
  }

  #send(destination: Destination, url: string, { headers, body }: Outgoing, journey: Journey): Promise<Sent> {
    const { delivery } = this.#options.spec;
    const reply = destination === 'subscriber' ? this.#reply : undefined;
    const request: HttpRequest = { url, headers, body, timeoutMs: delivery.timeoutMs, bodyLimit: errorDataBytes, reply, permit: journey.pass, signal: journey.signal };
    return send({ destination, request, policy: delivery }, journey, this.#attempts);
  }

  async #giveUp({ url, sent, reason }: Failed, { event, passThrough }: Arrived, journey: Journey): Promise<void> {
    journey.tries.giveUp(sent.end);
    const error = reason === undefined ? failureText(url, sent.outcome) : `${shownUrl(url)}: ${reason}`;
    const letter = withExtensions(event, deadLetterExtensions(url, sent.outcome));
    await this.#bury(() => outgoingOf({ event: letter, passThrough }, this.#toOthers), error, { ...sent.end, error }, 'delivery_failed', journey);
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
    const request: HttpRequest = { url, ...outgoing(), timeoutMs, bodyLimit: 0, permit: journey.pass, signal: journey.signal };
    const sent = await this.#sendToSink({ destination: 'deadLetterSink', request, policy: deadLetterPolicy(spec.delivery) }, journey);
    if (sent.accepted) {
      metrics.deadLettered();
      log.deadLettered(journey.subject, { ...sent.end, error });
    } else this.#drop({ ...sent.end, error: `${error}; dead letter sink ${failureText(url, sent.outcome)}` }, 'dead_letter_refused', journey);
  }

  #drop(end: AttemptEnd, reason: DropReason, { subject }: Journey): void {
    this.#options.metrics.dropped(reason);
    this.#options.log.dropped(subject, end);
  }

  /** That an event waits for its sink is shown from the first failure until it is taken, refused, or given away with its partition. */
  async #sendToSink(sending: Sending, journey: Journey): Promise<Sent> {
    try {
      return await send(sending, journey, this.#attempts);
    } finally {
      if (journey.isWaiting) this.#options.metrics.waitingForDeadLetterSink(-1);
    }
  }

  #retrying(journey: Journey, end: AttemptEnd): void {
    const { log, metrics } = this.#options;
    metrics.retried();
    log.retrying(journey.subject, end);
    if (end.destination !== 'deadLetterSink' || journey.isWaiting) return;
    journey.isWaiting = true;
    metrics.waitingForDeadLetterSink(1);
    log.waiting(journey.subject, end);
  }
}

function outgoingOf({ event, passThrough }: Arrived, options: OutgoingOptions): Outgoing {
  return outgoingEvent(event, passThrough, options);
}

function eventOf(record: FetchedRecord): Arrived | InvalidEventError {
  try {
    return eventFromRecord(record);
  } catch (error) {
    if (error instanceof InvalidEventError) return error;
    throw error;
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http';

import { eventsFromHttp, passThroughFromHttp } from '../cloudevents/http.ts';
import type { EventRecord } from '../cloudevents/kafka.ts';
import { recordOfEvent } from '../cloudevents/kafka.ts';
import { partitionOfKey } from '../kafka/partitioner.ts';
import { ProduceError } from '../kafka/produce-error.ts';
import { batchHeadBytes, bytesAlone } from '../kafka/record-batch.ts';
import type { EventStore, ReceiverAppOptions } from './app.ts';
import { allowedMethods } from './app.ts';
import { discardRest, HeldBody } from './body.ts';
import { Refusal, refusalOf, refusals } from './refusal.ts';
import type { RequestHead } from './request-head.ts';
import { requestHead, tooLarge } from './request-head.ts';
import { largestHeadBytes } from './server-options.ts';
import type { Target } from './target.ts';
import { whyCutOff } from './unread.ts';

const accepted = ['Content-Length', '0'];

/** One request from its head to its answer. Callbacks rather than promises, of which each costs as much as reading the headers does. */
export class Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #app: ReceiverAppOptions;
  readonly #kafka: EventStore;
  readonly #start = performance.now();
  readonly #body: HeldBody;
  /** Known to Kafka; until then undefined. */
  #target: Target | undefined;
  #answered = false;

  constructor(request: IncomingMessage, response: ServerResponse, app: ReceiverAppOptions) {
    this.#request = request;
    this.#response = response;
    this.#app = app;
    this.#kafka = app.kafka();
    this.#body = new HeldBody(app.budget, app.maxEventBytes);
  }

  begin(): void {
    this.#try(() => {
      const { method = '', rawHeaders, url = '' } = this.#request;
      const head = requestHead(rawHeaders, this.#app.maxEventBytes);
      if (method !== 'POST') throw new Refusal('method', `method ${method} is not taken: use POST`);
      this.#body.open(head.bytes, head.length);
      const target = this.#app.targets.find(url, head.host);
      const topic = this.#app.topicOf(target);
      const partitions = this.#kafka.topics.knownPartitions(topic);
      if (partitions !== undefined) return this.#receive(target, { topic, partitions }, head);
      this.#body.payAhead(head.isChunked ? Infinity : head.length);
      this.#lookUp(target, topic, head);
    });
  }

  #lookUp(target: Target, topic: string, head: RequestHead): void {
    const patience = setTimeout(() => this.#refuse(noAnswer()), this.#app.produceTimeoutMs);
    this.#partitionsAndLimit(topic).finally(() => clearTimeout(patience)).then(
      (partitions) => this.#try(() => {
        if (this.#answered) return;
        if (partitions === undefined) throw new Refusal('unknown_channel', `channel ${target.id} is not known`);
        if (partitions === 0) throw new Refusal('unavailable', 'the topic has no partitions');
        this.#receive(target, { topic, partitions }, head);
      }),
      (error: unknown) => this.#refuse(error instanceof ProduceError ? refusalOf(error) : noAnswer()),
    );
  }

  async #partitionsAndLimit(topic: string): Promise<number | undefined> {
    const partitions = await this.#kafka.topics.partitions(topic);
    if (partitions !== undefined) await this.#kafka.limits.known(topic);
    return partitions;
  }

  #receive(target: Target, to: Destination, head: RequestHead): void {
    this.#target = target;
    if (this.#request.destroyed) throw whyCutOff(this.#request);
    if (!head.isBatch) this.#body.maxBytes = Math.min(this.#body.maxBytes, (this.#kafka.limits.of(to.topic) ?? Infinity) - batchHeadBytes);
    if (head.length > this.#body.maxBytes) throw tooLarge(this.#body.maxBytes);
    if (head.expectsContinue) this.#response.writeContinue();
    this.#request.on('data', (chunk: Buffer) => {
      if (!this.#answered) this.#try(() => this.#body.add(chunk));
    });
    this.#request.on('end', () => {
      if (!this.#answered) this.#try(() => this.#store(to));
    });
    const gone = (): void => {
      if (!this.#request.readableEnded) this.#refuse(whyCutOff(this.#request));
    };
    this.#request.on('error', gone).on('close', gone);
  }

  /** Nothing is sent before all is known to be good; the answer waits for all. What is sent in one turn goes to Kafka together. */
  #store({ topic, partitions }: Destination): void {
    const { rawHeaders } = this.#request;
    const { producer } = this.#kafka;
    const passThrough = passThroughFromHttp(rawHeaders);
    const records: EventRecord[] = [];
    for (const event of eventsFromHttp(rawHeaders, this.#body.whole())) {
      if (records.length > 0) this.#body.addEvent();
      records.push(recordOfEvent(event, passThrough));
    }
    this.#checkSizes(topic, records);
    let waiting = records.length;
    const failures: ProduceError[] = [];
    for (const record of records) {
      const partition = record.key ? partitionOfKey(record.key, partitions) : producer.partitionWithoutKey(topic, partitions);
      producer.send(topic, partition, record, (error) => {
        if (error) failures.push(error);
        if (error?.fault === 'too-large') this.#kafka.limits.refused(topic, bytesAlone(record));
        waiting -= 1;
        if (waiting === 0) this.#settle(records.length, failures);
      });
    }
    if (records.length === 0) this.#accept(0);
  }

  /** What the topic does not take is not sent, and nothing with it. Only a body near the limit, with the largest head, can be over it. */
  #checkSizes(topic: string, records: readonly EventRecord[]): void {
    const limit = this.#kafka.limits.of(topic);
    if (limit === undefined || this.#body.length + largestHeadBytes < limit) return;
    if (records.some((record) => bytesAlone(record) > limit)) throw new Refusal('too_large', `the event is larger than the ${limit} bytes that its topic takes`);
  }

  #settle(events: number, failures: readonly ProduceError[]): void {
    const failure = worstOf(failures);
    if (!failure) this.#accept(events);
    else if (failures.length === events) this.#refuse(refusalOf(failure));
    else this.#refuse(new Refusal(failure.fault === 'invalid' ? 'invalid_event' : 'unavailable', `of the batch ${events - failures.length} of ${events} events are stored: ${failure.message}`), events - failures.length);
  }

  #accept(events: number): void {
    if (this.#answered) return;
    this.#response.writeHead(202, accepted).end();
    this.#done(202, events);
  }

  /** `stored`: events of it that Kafka has all the same. */
  #refuse(refusal: Refusal, stored = 0): void {
    if (this.#answered) return;
    const { status, seconds }: { status: number; seconds?: number } = refusals[refusal.kind];
    if (refusal.kind === 'failed') this.#app.log.error({ err: refusal.cause }, 'a request failed');
    this.#app.metrics.rejected(refusal.kind);
    this.#done(status, stored);
    if (this.#response.destroyed || this.#response.headersSent) return;
    const reason = `${refusal.message}\n`;
    this.#response.writeHead(status, {
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Length': Buffer.byteLength(reason),
      ...(refusal.kind === 'method' && { Allow: allowedMethods }),
      ...(seconds !== undefined && { 'Retry-After': seconds }),
    });
    this.#response.end(reason);
    this.#app.turns.holdUntil(this.#response);
    discardRest(this.#request, this.#response);
  }

  #done(status: number, events: number): void {
    this.#answered = true;
    this.#body.release();
    this.#app.waiting.add(this.#response);
    this.#app.metrics.answered({ target: this.#target, status, events, seconds: (performance.now() - this.#start) / 1000 });
  }

  #try(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#refuse(refusalOf(error));
    }
  }
}

/** The one that leaves open what is stored, if there is any; those that another attempt mends before those that none does. */
function worstOf(failures: readonly ProduceError[]): ProduceError | undefined {
  return failures.find(({ fault }) => fault === 'unavailable') ?? failures.find(({ fault }) => fault !== 'invalid') ?? failures[0];
}

function noAnswer(): Refusal {
  return new Refusal('unavailable', 'Kafka does not answer');
}

interface Destination {
  readonly topic: string;
  readonly partitions: number;
}

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

import type { ChannelKey } from '../../contract/names.ts';
import { channelId } from '../../contract/names.ts';
import type { Logger } from '../../runtime/log.ts';
import { eventFromHttp, passThroughFromHttp } from '../cloudevents/http.ts';
import { recordOfEvent } from '../cloudevents/kafka.ts';
import { partitionOfKey, randomPartition } from '../kafka/partitioner.ts';
import type { Producer } from '../kafka/producer.ts';
import type { TopicDirectory } from '../kafka/topic-directory.ts';
import type { Reservation } from './body.ts';
import { checkBodyHeaders, discardRest, readBody } from './body.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { ReceiverMetrics } from './metrics.ts';
import { Refusal, refusalOf, refusals } from './refusal.ts';
import { channelOfRequest } from './target.ts';

export interface ReceiverAppOptions {
  readonly topics: Pick<TopicDirectory, 'knownPartitions' | 'partitions' | 'ledPartitions'>;
  readonly producer: Pick<Producer, 'send'>;
  readonly budget: ByteBudget;
  readonly maxEventBytes: number;
  readonly metrics: ReceiverMetrics;
  readonly log: Logger;
  topicOf(channel: ChannelKey): string;
}

const allow = 'POST, OPTIONS';

/** Answers every request: 202 when the event is in Kafka, else what `refusals` says. Serves `request` and `checkContinue` alike. */
export function receiverApp(options: ReceiverAppOptions): RequestListener {
  return (request, response) => {
    if (request.method === 'OPTIONS') answerOptions(response);
    else void answer(request, response, options);
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, options: ReceiverAppOptions): Promise<void> {
  const start = performance.now();
  const reservation: Reservation = { bytes: 0 };
  let channel: ChannelKey | undefined;
  let status = 202;
  try {
    if (request.method !== 'POST') throw new Refusal('method', `method ${request.method ?? ''} is not taken: use POST`);
    checkBodyHeaders(request, options.maxEventBytes);
    const target = channelOfRequest(request);
    const topic = options.topicOf(target);
    const partitions = options.topics.knownPartitions(topic) ?? (await lookUp(topic, target, options));
    channel = target;
    if (request.headers.expect !== undefined) response.writeContinue();
    const body = await readBody(request, options.maxEventBytes, options.budget, reservation);
    await store(request, body, { topic, partitions }, options);
    response.writeHead(202, { 'Content-Length': 0 }).end();
  } catch (error) {
    const refusal = refusalOf(error);
    ({ status } = refusals[refusal.kind]);
    refuse(request, response, refusal, options);
  } finally {
    options.budget.giveBack(reservation.bytes);
    options.metrics.answered(channel, status, (performance.now() - start) / 1000);
  }
}

/** As the peer answers, and CloudEvents' webhook handshake wants. */
function answerOptions(response: ServerResponse): void {
  response.writeHead(200, { Allow: allow, 'WebHook-Allowed-Origin': '*', 'WebHook-Allowed-Rate': '*', 'Content-Length': 0 }).end();
}

async function lookUp(topic: string, channel: ChannelKey, { topics }: ReceiverAppOptions): Promise<number> {
  const partitions = await topics.partitions(topic).catch((error: unknown) => {
    throw new Refusal('unavailable', 'Kafka does not answer', { cause: error });
  });
  if (partitions === undefined) throw new Refusal('unknown_channel', `channel ${channelId(channel)} is not known`);
  if (partitions === 0) throw new Refusal('unavailable', 'the topic has no partitions');
  return partitions;
}

async function store(request: IncomingMessage, body: Buffer, to: { topic: string; partitions: number }, options: ReceiverAppOptions): Promise<void> {
  const event = eventFromHttp(request.rawHeaders, body);
  const record = recordOfEvent(event, passThroughFromHttp(request.rawHeaders));
  const partition = record.key ? partitionOfKey(record.key, to.partitions) : randomPartition(to.partitions, options.topics.ledPartitions(to.topic));
  await options.producer.send(to.topic, partition, record);
}

function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal, { metrics, log }: ReceiverAppOptions): void {
  const { status, seconds }: { status: number; seconds?: number } = refusals[refusal.kind];
  if (refusal.kind === 'failed') log.error({ err: refusal.cause }, 'a request failed');
  metrics.rejected(refusal.kind);
  if (response.destroyed || response.headersSent) return;
  const reason = `${refusal.message}\n`;
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(reason),
    ...(refusal.kind === 'method' && { Allow: allow }),
    ...(seconds !== undefined && { 'Retry-After': seconds }),
  });
  response.end(reason);
  discardRest(request, response);
}

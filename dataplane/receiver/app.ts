import type { RequestListener, ServerResponse } from 'node:http';

import type { Logger } from '../../runtime/log.ts';
import type { Producer } from '../kafka/producer.ts';
import type { TopicDirectory } from '../kafka/topic-directory.ts';
import type { TopicLimits } from '../kafka/topic-limits.ts';
import type { ByteBudget } from './byte-budget.ts';
import { Exchange } from './exchange.ts';
import type { ReceiverMetrics } from './metrics.ts';
import type { ReadingTurns } from './reading-turns.ts';
import type { Target, Targets } from './target.ts';
import type { WaitingAnswers } from './waiting-answers.ts';

/** What a request needs of Kafka. */
export interface EventStore {
  readonly topics: Pick<TopicDirectory, 'knownPartitions' | 'partitions'>;
  readonly limits: Pick<TopicLimits, 'of' | 'known' | 'refused'>;
  readonly producer: Pick<Producer, 'send' | 'partitionWithoutKey'>;
}

export interface ReceiverAppOptions {
  /** Where the events of a request go that begins now. */
  kafka(): EventStore;
  readonly targets: Targets;
  readonly budget: ByteBudget;
  readonly waiting: WaitingAnswers;
  readonly turns: ReadingTurns;
  readonly maxEventBytes: number;
  /** Longest time that Kafka has to say where events of a channel go. */
  readonly produceTimeoutMs: number;
  readonly metrics: ReceiverMetrics;
  readonly log: Logger;
  topicOf(target: Target): string;
}

export const allowedMethods = 'POST, OPTIONS';

/** Answers every request: 202 when the event is in Kafka, else what `refusals` says. Serves `request`, `checkContinue` and `checkExpectation` alike. */
export function receiverApp(options: ReceiverAppOptions): RequestListener {
  return (request, response) => {
    if (!response.socket) options.turns.behind(request.socket);
    if (request.socket.destroyed) return;
    if (request.method === 'OPTIONS' && request.headers.host !== undefined) answerOptions(response, options);
    else new Exchange(request, response, options).begin();
  };
}

/** As the peer answers, and CloudEvents' webhook handshake wants. */
function answerOptions(response: ServerResponse, { metrics, waiting }: ReceiverAppOptions): void {
  response.writeHead(200, { Allow: allowedMethods, 'WebHook-Allowed-Origin': '*', 'WebHook-Allowed-Rate': '*', 'Content-Length': 0 }).end();
  metrics.answered({ target: undefined, status: 200, events: 0, seconds: 0 });
  waiting.add(response);
}

import type { Registry } from 'prom-client';

import type { KafkaConnection } from '../../contract/kafka-connection.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Serving } from '../../runtime/serve.ts';
import { serve } from '../../runtime/serve.ts';
import { clientOptions } from '../kafka/client-options.ts';
import { metadataLink } from '../kafka/metadata-link.ts';
import { ProduceError } from '../kafka/produce-error.ts';
import { Producer } from '../kafka/producer.ts';
import { producerLink } from '../kafka/producer-link.ts';
import { TopicDirectory } from '../kafka/topic-directory.ts';
import { TopicLimits } from '../kafka/topic-limits.ts';
import { receiverApp } from './app.ts';
import { ByteBudget } from './byte-budget.ts';
import type { ReceiverConfig } from './config.ts';
import { largestBodyBytes, queueShare, reserveOfAnswers } from './event-size.ts';
import { kafkaLog } from './kafka-log.ts';
import { noMetrics, receiverMetrics } from './metrics.ts';
import { Readiness } from './readiness.ts';
import { ReadingTurns } from './reading-turns.ts';
import { rehearse } from './rehearsal.ts';
import { Routes } from './routes.ts';
import { limitServer, serverOptions } from './server-options.ts';
import { Targets } from './target.ts';
import { answerUnread } from './unread.ts';
import { WaitingAnswers } from './waiting-answers.ts';

export interface ReceiverOptions {
  readonly config: ReceiverConfig;
  readonly connection: KafkaConnection;
  readonly log: Logger;
  /** Stops it: not ready, requests under way are finished, connections closed. */
  readonly stop: AbortSignal;
}

export interface Receiver {
  readonly port: number;
  /** Undefined where metrics are switched off. */
  readonly registry: Registry | undefined;
  readonly readiness: Readiness;
  /** Settles when everything is closed after the signal. */
  readonly closed: Promise<void>;
}

/** Listens for events; whether Kafka can be reached shows in the readiness and in the answers. */
export async function startReceiver({ config, connection, log, stop }: ReceiverOptions): Promise<Receiver> {
  await rehearse(log);
  const budget = new ByteBudget(queueShare(config), reserveOfAnswers(config));
  const metrics = config.METRICS_ENABLED ? receiverMetrics(budget) : noMetrics();
  const routes = new Routes(config.ROUTES_FILE, log);
  await routes.read();

  const options = clientOptions(connection, 'kafkachannel-receiver');
  const metadata = metadataLink(options);
  const limits = new TopicLimits((topic) => metadata.describeLimit(topic));
  const said = kafkaLog(log);
  const topics = new TopicDirectory((topic) => metadata.describeTopic(topic).catch((error: unknown) => {
    if (error instanceof ProduceError) said.hidden(topic, error);
    throw error;
  }));
  const producer = new Producer({
    link: producerLink(options),
    leaders: topics,
    topicLimit: (topic) => limits.of(topic),
    deliveryTimeoutMs: config.PRODUCE_TIMEOUT_MS,
    onTrouble: (error) => void said.noAnswer(error),
    onAnswer: () => said.answer(),
    onRejection: (topic, why) => said.rejection(topic, why),
    onBatch: (records, seconds) => metrics.produced(records, seconds),
  });
  const readiness = new Readiness(stop);

  const turns = new ReadingTurns();
  const app = receiverApp({ topics, limits, producer, budget, waiting: new WaitingAnswers(budget), turns, metrics, log, maxEventBytes: largestBodyBytes(config), produceTimeoutMs: config.PRODUCE_TIMEOUT_MS, targets: new Targets(), topicOf: (target) => routes.topicOf(target) });
  const serving = await serve(app, { port: config.PORT, signal: stop, drainMs: config.DRAIN_MS, server: serverOptions });
  limitServer(serving.server, config.MAX_CONNECTIONS);
  answerUnread(serving.server, metrics);
  turns.follow(serving.server);
  serving.server.on('checkContinue', app).on('checkExpectation', app);

  const following = routes.follow(stop);
  const answered = (): void => {
    said.answer();
    producer.prepare();
  };
  const asking = readiness.follow(() => metadata.ping(), { trouble: (error) => said.noAnswer(error), answer: answered });
  const closed = (async () => {
    await Promise.all([drained(serving, stop, config.DRAIN_MS + config.SHUTDOWN_TIMEOUT_MS), following, asking]);
    await Promise.all([producer.close(), metadata.close()]);
  })();
  return { port: serving.port, registry: metrics.registry, readiness, closed };
}

/** Waits for the requests under way after the signal, and ends those that take too long. */
async function drained({ server, closed }: Serving, stop: AbortSignal, timeoutMs: number): Promise<void> {
  stop.addEventListener('abort', () => {
    const patience = setTimeout(() => server.closeAllConnections(), timeoutMs);
    void closed.then(() => clearTimeout(patience));
  });
  await closed;
}

import type { Registry } from 'prom-client';

import type { KafkaConnection } from '../../contract/kafka-connection.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Serving } from '../../runtime/serve.ts';
import { serve } from '../../runtime/serve.ts';
import { clientOptions } from '../kafka/client-options.ts';
import { metadataLink } from '../kafka/metadata-link.ts';
import { Producer } from '../kafka/producer.ts';
import { producerLink } from '../kafka/producer-link.ts';
import { TopicDirectory } from '../kafka/topic-directory.ts';
import { TopicLimits } from '../kafka/topic-limits.ts';
import { receiverApp } from './app.ts';
import { ByteBudget } from './byte-budget.ts';
import type { ReceiverConfig } from './config.ts';
import { kafkaLog } from './kafka-log.ts';
import { receiverMetrics } from './metrics.ts';
import { Readiness } from './readiness.ts';
import { Routes } from './routes.ts';
import { limitServer, serverOptions } from './server-options.ts';
import { Targets } from './target.ts';
import { answerUnread } from './unread.ts';

export interface ReceiverOptions {
  readonly config: ReceiverConfig;
  readonly connection: KafkaConnection;
  readonly log: Logger;
  /** Stops it: not ready, requests under way are finished, connections closed. */
  readonly stop: AbortSignal;
}

export interface Receiver {
  readonly port: number;
  readonly registry: Registry;
  readonly readiness: Readiness;
  /** Settles when everything is closed after the signal. */
  readonly closed: Promise<void>;
}

/** Listens for events; whether Kafka can be reached shows in the readiness and in the answers. */
export async function startReceiver({ config, connection, log, stop }: ReceiverOptions): Promise<Receiver> {
  const budget = new ByteBudget(Math.floor(config.QUEUE_LIMIT_BYTES / config.WORKERS));
  const metrics = receiverMetrics(budget);
  const routes = new Routes(config.ROUTES_FILE, log);
  await routes.read();

  const options = clientOptions(connection, 'kafkachannel-receiver');
  const metadata = metadataLink(options);
  const topics = new TopicDirectory((topic) => metadata.describeTopic(topic));
  const limits = new TopicLimits((topic) => metadata.describeLimit(topic));
  const said = kafkaLog(log);
  const producer = new Producer({
    link: producerLink(options),
    leaders: topics,
    topicLimit: (topic) => limits.of(topic),
    deliveryTimeoutMs: config.PRODUCE_TIMEOUT_MS,
    onTrouble: (error) => void said.noAnswer(error),
    onAnswer: () => said.answer(),
    onRejection: (topic, errorName) => said.rejection(topic, errorName),
    onBatch: (records, seconds) => metrics.produced(records, seconds),
  });
  const readiness = new Readiness(stop);

  const app = receiverApp({ topics, limits, producer, budget, metrics, log, maxEventBytes: Math.min(config.MAX_EVENT_BYTES, budget.limit), targets: new Targets(), topicOf: (target) => routes.topicOf(target) });
  const serving = await serve(app, { port: config.PORT, signal: stop, drainMs: config.DRAIN_MS, server: serverOptions });
  limitServer(serving.server);
  answerUnread(serving.server, metrics);
  serving.server.on('checkContinue', app);

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

import type { Registry } from 'prom-client';

import type { KafkaConnection } from '../../contract/kafka-connection.ts';
import { registerBuildInfo } from '../../runtime/build-info.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Serving } from '../../runtime/serve.ts';
import { serve } from '../../runtime/serve.ts';
import { receiverApp } from './app.ts';
import { ByteBudget } from './byte-budget.ts';
import type { ChannelCount } from './channel-counts.ts';
import type { ReceiverConfig } from './config.ts';
import { largestBodyBytes, queueShare, reserveOfAnswers } from './event-size.ts';
import { kafkaLog } from './kafka-log.ts';
import { openKafkaSession } from './kafka-session.ts';
import { KafkaSessions } from './kafka-sessions.ts';
import { noMetrics, receiverMetrics } from './metrics.ts';
import { Readiness } from './readiness.ts';
import { ReadingTurns } from './reading-turns.ts';
import { rehearse } from './rehearsal.ts';
import { Routes } from './routes.ts';
import { limitServer, longestRequestMs, serverOptions } from './server-options.ts';
import { Targets } from './target.ts';
import { answerUnread } from './unread.ts';
import { WaitingAnswers } from './waiting-answers.ts';

export interface ReceiverOptions {
  readonly config: ReceiverConfig;
  readonly connection: KafkaConnection;
  readonly log: Logger;
  /** Stops it: not ready, requests under way are finished, connections closed. */
  readonly stop: AbortSignal;
  /** Takes what is counted of channels, where this is one of several workers. */
  readonly sendCounts?: (counts: readonly ChannelCount[]) => void;
}

export interface Receiver {
  readonly port: number;
  /** Undefined where metrics are switched off. */
  readonly registry: Registry | undefined;
  /** Tells at once what is counted of channels. */
  handOverCounts(): void;
  readonly readiness: Readiness;
  /** Settles when everything is closed after the signal. */
  readonly closed: Promise<void>;
}

/** Listens for events; whether Kafka can be reached shows in the readiness and in the answers. */
export async function startReceiver({ config, connection, log, stop, sendCounts }: ReceiverOptions): Promise<Receiver> {
  await rehearse(log);
  const budget = new ByteBudget(queueShare(config), reserveOfAnswers(config));
  const metrics = config.METRICS_ENABLED ? receiverMetrics(budget, { sendCounts }) : noMetrics();
  if (metrics.registry) registerBuildInfo(metrics.registry, 'receiver');
  const routes = new Routes(config.ROUTES_FILE, log);
  await routes.read();

  const said = kafkaLog(log);
  const kafka = new KafkaSessions({
    connection,
    secretFolder: config.KAFKA_SECRET_DIR,
    leftoverMs: longestRequestMs + config.PRODUCE_TIMEOUT_MS,
    open: (to) => openKafkaSession({ connection: to, produceTimeoutMs: config.PRODUCE_TIMEOUT_MS, said, metrics }),
    log,
  });
  const readiness = new Readiness(stop);

  const turns = new ReadingTurns();
  const app = receiverApp({ kafka: () => kafka.current, budget, waiting: new WaitingAnswers(budget), turns, metrics, log, maxEventBytes: largestBodyBytes(config), produceTimeoutMs: config.PRODUCE_TIMEOUT_MS, targets: new Targets(), topicOf: (target) => routes.topicOf(target) });
  const serving = await serve(app, { port: config.PORT, signal: stop, drainMs: config.DRAIN_MS, server: serverOptions });
  limitServer(serving.server, config.MAX_CONNECTIONS);
  answerUnread(serving.server, metrics);
  turns.follow(serving.server);
  serving.server.on('checkContinue', app).on('checkExpectation', app);

  const following = [routes.follow(stop), kafka.follow(stop)];
  const answered = (): void => {
    said.answer();
    kafka.current.producer.prepare();
  };
  const asking = readiness.follow(() => kafka.current.ping(), { trouble: (error) => said.noAnswer(error), answer: answered });
  const closed = (async () => {
    await Promise.all([drained(serving, stop, config.DRAIN_MS + config.SHUTDOWN_TIMEOUT_MS), ...following, asking]);
    await kafka.close();
  })();
  return { port: serving.port, registry: metrics.registry, handOverCounts: () => metrics.handOverCounts(), readiness, closed };
}

/** Waits for the requests under way after the signal, and ends those that take too long. */
async function drained({ server, closed }: Serving, stop: AbortSignal, timeoutMs: number): Promise<void> {
  stop.addEventListener('abort', () => {
    const patience = setTimeout(() => server.closeAllConnections(), timeoutMs);
    void closed.then(() => clearTimeout(patience));
  });
  await closed;
}

import type { KafkaConnection } from '../../contract/kafka-connection.ts';
import { registerBuildInfo } from '../../runtime/build-info.ts';
import type { Logger } from '../../runtime/log.ts';
import { managementListener } from '../../runtime/management.ts';
import { serve } from '../../runtime/serve.ts';
import type { DispatcherConfig } from './config.ts';
import { Dispatcher } from './dispatcher.ts';
import { FetchBudget } from './fetch-budget.ts';
import { watchFile } from './file-watch.ts';
import { egressSettings } from './egress/egress-settings.ts';
import { EgressGuard } from './egress/egress-guard.ts';
import { EgressRules } from './egress/egress-rules.ts';
import { createHttpClient } from './http/http-client.ts';
import { KafkaAccess } from './kafka-access.ts';
import { dispatcherMetrics } from './metrics.ts';
import { ReplyRoom } from './reply-room.ts';
import { startSubscription } from './subscription.ts';

export interface DispatcherProcessOptions {
  readonly config: Readonly<DispatcherConfig>;
  readonly connection: KafkaConnection;
  readonly log: Logger;
  readonly stop: AbortSignal;
}

/** Runs what the file says until the signal, then finishes what is under way. Fails when the management port cannot be had. */
export async function runDispatcher({ config, connection, log, stop }: DispatcherProcessOptions): Promise<void> {
  const kafka = new KafkaAccess({ connection, secretFolder: config.KAFKA_SECRET_DIR, log, changed: () => dispatcher.restart() });
  const client = createHttpClient(new EgressGuard({ rules: new EgressRules(egressSettings(config)), kafkaHosts: () => kafka.hosts }));
  const budget = new FetchBudget(config.FETCH_BUDGET_BYTES);
  const replyRoom = new ReplyRoom(config.FETCH_BUDGET_BYTES);
  const metrics = dispatcherMetrics();
  registerBuildInfo(metrics.registry, 'dispatcher');
  const dispatcher: Dispatcher = new Dispatcher({
    log,
    start: (spec, { channel, topic }) => startSubscription({ spec, channel, topic, connection: kafka.connection, client, budget, replyRoom, metrics, log, drainMs: config.SHUTDOWN_TIMEOUT_MS }),
  });
  const drained = new AbortController();
  const readiness = {
    get reason() {
      if (!dispatcher.hasFile) return 'no good dispatcher file yet';
      return kafka.hasAnswered ? dispatcher.unread : 'no answer of Kafka yet';
    },
  };
  const liveness = {
    get reason() {
      return dispatcher.broken;
    },
  };
  const management = managementListener(readiness, metrics.registry, liveness);
  const { port, closed } = await serve(management, { port: config.MANAGEMENT_PORT, signal: drained.signal });
  log.info({ managementPort: port, file: config.DISPATCHER_FILE }, 'dispatcher started');

  const following = kafka.follow(stop);
  await watchFile({
    file: config.DISPATCHER_FILE,
    signal: stop,
    changed: (text) => dispatcher.follow(text),
    unreadable: (error) => log.error(`dispatcher file: ${error.message}: ${dispatcher.hasFile ? 'keeping the last good one' : 'waiting for it'}`),
  });
  log.info('stopping: finishing what is under way');
  await dispatcher.stop();
  client.close();
  await following;
  drained.abort();
  await closed;
}

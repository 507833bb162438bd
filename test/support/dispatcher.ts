import { pino } from 'pino';

import type { DispatcherFile } from '../../contract/dispatcher-file.ts';
import { formatDispatcherFile } from '../../contract/dispatcher-file.ts';
import { parseKafkaConnection } from '../../contract/kafka-connection.ts';
import { Dispatcher } from '../../dataplane/dispatcher/dispatcher.ts';
import { FetchBudget } from '../../dataplane/dispatcher/fetch-budget.ts';
import { createHttpClient } from '../../dataplane/dispatcher/http/http-client.ts';
import { dispatcherMetrics } from '../../dataplane/dispatcher/metrics.ts';
import { ReplyRoom } from '../../dataplane/dispatcher/reply-room.ts';
import { startSubscription } from '../../dataplane/dispatcher/subscription.ts';
import { loopbackGuard } from './egress.ts';

export interface DispatcherLine {
  readonly msg: string;
  readonly level: string;
  readonly [field: string]: unknown;
}

export interface TestDispatcher extends AsyncDisposable {
  readonly lines: DispatcherLine[];
  /** Lines of one message. */
  said(msg: string): DispatcherLine[];
  metrics(): Promise<string>;
}

/** A dispatcher in this process: everything but its main.ts. */
export function testDispatcher(bootstrap: string, file: DispatcherFile, { drainMs = 0 } = {}): TestDispatcher {
  const lines: DispatcherLine[] = [];
  const log = pino({ level: 'debug', formatters: { level: (level) => ({ level }) } }, { write: (line: string) => lines.push(JSON.parse(line) as DispatcherLine) });
  const connection = parseKafkaConnection(new Map([['bootstrap.servers', bootstrap]]));
  const client = createHttpClient(loopbackGuard());
  const metrics = dispatcherMetrics();
  const budget = new FetchBudget(16 * 1024 * 1024);
  const replyRoom = new ReplyRoom(16 * 1024 * 1024);
  const dispatcher = new Dispatcher({ log, start: (spec, { channel, topic }) => startSubscription({ spec, channel, topic, connection, client, budget, replyRoom, metrics, log, drainMs }) });
  dispatcher.follow(formatDispatcherFile(file));
  return {
    lines,
    said: (msg) => lines.filter((line) => line.msg === msg),
    metrics: () => metrics.registry.metrics(),
    [Symbol.asyncDispose]: async () => {
      await dispatcher.stop();
      client.close();
    },
  };
}

import { once } from 'node:events';
import { connect } from 'node:net';

import type { Logger } from '../../runtime/log.ts';
import { serve } from '../../runtime/serve.ts';
import { encodeProduceRequest } from '../kafka/produce-request.ts';
import { Producer } from '../kafka/producer.ts';
import type { ProducerLink } from '../kafka/producer-link.ts';
import type { EventStore } from './app.ts';
import { receiverApp } from './app.ts';
import { ByteBudget } from './byte-budget.ts';
import { receiverMetrics } from './metrics.ts';
import { ReadingTurns } from './reading-turns.ts';
import { serverOptions } from './server-options.ts';
import { Targets } from './target.ts';
import { WaitingAnswers } from './waiting-answers.ts';

export const rehearsedEvents = 100;
const request = ['POST /rehearsal/rehearsal HTTP/1.1', 'Host: rehearsal', 'ce-specversion: 1.0', 'ce-id: 1', 'ce-source: /rehearsal', 'ce-type: rehearsal', 'Content-Length: 1', '', 'x'].join('\r\n');

interface Rehearsal {
  readonly link: ProducerLink;
  /** When it is over the rest is left out: the machine is slow just now. */
  readonly limitMs: number;
}

/**
 * Takes made-up events from a socket to the bytes of a produce request, which are thrown away, before the first real one comes: V8 runs slowly what it has seen seldom, and a receiver of one event a second
 * would stay slow for minutes. Nothing of it is seen outside: port, producer and metrics are its own, and there is no Kafka. What goes wrong with it is no reason not to start.
 */
export async function rehearse(log: Logger, { link, limitMs }: Rehearsal = { link: nowhere, limitMs: 300 }): Promise<void> {
  const budget = new ByteBudget(1_048_576);
  const leaders = { leader: () => ({ host: 'nowhere', port: 0 }), isUnknown: () => false, refresh: () => undefined };
  const producer = new Producer({ link, leaders, deliveryTimeoutMs: limitMs });
  const store: EventStore = {
    topics: { knownPartitions: () => 1, partitions: () => Promise.resolve(1) },
    limits: { of: () => undefined, known: () => Promise.resolve(), refused: () => undefined },
    producer,
  };
  const app = receiverApp({
    kafka: () => store,
    topicOf: ({ defaultTopic }) => defaultTopic,
    targets: new Targets(),
    metrics: receiverMetrics(budget),
    waiting: new WaitingAnswers(budget),
    turns: new ReadingTurns(),
    maxEventBytes: 1,
    produceTimeoutMs: limitMs,
    budget,
    log,
  });
  const stop = new AbortController();
  try {
    const { port, server } = await serve(app, { port: 0, host: '127.0.0.1', exclusive: true, signal: stop.signal, server: serverOptions });
    await sendSome(port, limitMs).finally(() => server.closeAllConnections());
  } catch (error) {
    log.debug({ err: error }, 'the rehearsal was cut short');
  }
  stop.abort();
  await producer.close();
}

/** One after the other. */
async function sendSome(port: number, limitMs: number): Promise<void> {
  const signal = AbortSignal.timeout(limitMs);
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  // Between two waits, and after the last, there is nobody else whom an error could reach.
  socket.on('error', () => undefined);
  try {
    for (let sent = 0; sent < rehearsedEvents; sent += 1) {
      socket.write(request);
      await once(socket, 'data', { signal });
    }
  } finally {
    socket.destroy();
  }
}

/** Stores everything at once, nowhere. */
const nowhere: ProducerLink = {
  newIdentity: () => Promise.resolve({ id: 0n, epoch: 0 }),
  produce: (_leader, identity, batches) => {
    encodeProduceRequest(batches, identity, { version: 11, timeoutMs: 1 });
    return Promise.resolve({ outcome: 'answered', errorCodes: batches.map(() => 0) });
  },
  close: () => Promise.resolve(),
};

import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { digestOf } from './digest.ts';
import type { DeliveryAttempt } from './history.ts';

/** Answers an attempt; `count` says which one of this event it is, from 1. */
export type SinkBehaviour = (response: ServerResponse, attempt: { readonly id: string; readonly count: number }) => void | Promise<void>;

/** The subscribers of a scenario, and their dead letter sinks, on one port of 127.0.0.1. */
export interface Sink extends AsyncDisposable {
  readonly attempts: readonly DeliveryAttempt[];
  /** How many have begun, answered or not. */
  readonly begun: number;
  url(subscription: string, to?: DeliveryAttempt['to']): string;
  /** Until it is said otherwise; without a behaviour everything is accepted at once. */
  behave(subscription: string, behaviour: SinkBehaviour | undefined, to?: DeliveryAttempt['to']): void;
  /** Ends every connection and takes no more, until `open`. */
  shut(): Promise<void>;
  /** On the same port, of another address of the loopback interface where one is named. */
  open(address?: string): Promise<void>;
}

const loopback = '127.0.0.1';

/** `host`: what its URLs name. */
export async function startSink(host = loopback): Promise<Sink> {
  const attempts: DeliveryAttempt[] = [];
  const behaviours = new Map<string, SinkBehaviour>();
  const counts = new Map<string, number>();
  let begun = 0;
  const server = createServer((request, response) => void take(request, response));

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = performance.now();
    const path = request.url ?? '';
    const [, subscription = '', to = ''] = path.split('/');
    const id = String(request.headers['ce-id']);
    const count = (counts.get(`${path} ${id}`) ?? 0) + 1;
    counts.set(`${path} ${id}`, count);
    begun += 1;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => undefined);
    response.on('error', () => undefined);
    let recorded = false;
    let endedAt: number | undefined;
    // From here on the answer may arrive; on a busy machine it is much later that it is known to have left.
    response.once('prefinish', () => (endedAt = performance.now()));
    const record = (): void => {
      if (recorded) return;
      recorded = true;
      const answered = response.writableFinished && response.statusCode >= 200 && response.statusCode < 300;
      attempts.push({ subscription, to: to as DeliveryAttempt['to'], id, startedAt, endedAt: endedAt ?? performance.now(), accepted: answered, digest: digestOf(id, request.headers['ce-subject'] as string | undefined, Buffer.concat(chunks)) });
    };
    response.once('finish', record).once('close', record);
    if (!request.complete) await Promise.race([once(request, 'end'), once(request, 'close')]).catch(() => undefined);
    const behaviour = behaviours.get(`/${subscription}/${to}`);
    if (behaviour) await behaviour(response, { id, count });
    else response.writeHead(202).end();
  }

  server.listen(0, loopback);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const path = (subscription: string, to: DeliveryAttempt['to'] = 'subscriber'): string => `/${subscription}/${to}`;
  const shut = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return {
    attempts,
    get begun() {
      return begun;
    },
    url: (subscription, to) => `http://${host}:${port}${path(subscription, to)}`,
    behave: (subscription, behaviour, to) => {
      if (behaviour) behaviours.set(path(subscription, to), behaviour);
      else behaviours.delete(path(subscription, to));
    },
    shut,
    open: async (address = loopback) => {
      server.listen(port, address);
      await once(server, 'listening');
    },
    [Symbol.asyncDispose]: shut,
  };
}

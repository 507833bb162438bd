import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';

import { eventHeaders } from './receiver.ts';
import type { TestReceiver } from './receiver.ts';

/** Senders behind a Service: new connections go to receivers that were ready a moment ago; those that are open stay where they are. */
export interface ServiceClient {
  /** Ids of events that were answered 202. */
  readonly acknowledged: readonly string[];
  /** Every other answer, and every broken connection, with how often. */
  readonly wrong: ReadonlyMap<string, number>;
  /** Receivers that take new connections, by address of their port for events. */
  endpoints(): string[];
  add(receiver: TestReceiver): void;
  /** Stops sending, and waits for the last answers. */
  stop(): Promise<void>;
}

const tickMs = 10;
/** As far as everybody who holds a Service's endpoints is behind the pod. */
const lookMs = 300;

/** Sends `rate` events a second to a path, whether earlier ones are answered or not, from as many connections as that needs, up to `connections`. */
export function serviceClient(path: string, { rate, connections }: { rate: number; connections: number }): ServiceClient {
  const receivers = new Set<TestReceiver>();
  const ready = new Set<string>();
  const acknowledged: string[] = [];
  const wrong = new Map<string, number>();
  const stopped = new AbortController();
  let next = 0;
  const pool = new Pool('http://service', {
    connections,
    connect: (_options, callback) => {
      const urls = [...ready];
      const url = urls[(next += 1) % urls.length] ?? 'http://127.0.0.1:1';
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      socket.setNoDelay(true).once('error', (error) => callback(error, null));
      socket.once('connect', () => callback(null, socket));
    },
  });
  const look = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      for (const receiver of receivers) {
        const isReady = await fetch(`${receiver.managementUrl}/readyz`).then(({ ok }) => ok, () => false);
        if (isReady) ready.add(receiver.url);
        else ready.delete(receiver.url);
      }
      await delay(lookMs);
    }
  };
  const send = async (id: string): Promise<void> => {
    const outcome = await pool.request({ path, method: 'POST', headers: eventHeaders(id), body: 'x'.repeat(200) }).then(
      async ({ statusCode, body }) => {
        await body.dump();
        return String(statusCode);
      },
      (error: unknown) => `${(error as { code?: string }).code ?? ''} ${(error as Error).message}`,
    );
    if (outcome === '202') acknowledged.push(id);
    else wrong.set(outcome, (wrong.get(outcome) ?? 0) + 1);
  };
  const run = async (): Promise<void> => {
    const sending = new Set<Promise<void>>();
    const start = performance.now();
    for (let sent = 0; !stopped.signal.aborted; ) {
      for (const due = ((performance.now() - start) / 1000) * rate; ready.size > 0 && sent < due; sent += 1) {
        const one = send(`event-${sent}`).finally(() => sending.delete(one));
        sending.add(one);
      }
      await delay(tickMs);
    }
    await Promise.all(sending);
    await pool.close();
  };
  const looking = look();
  const running = run();
  return {
    acknowledged,
    wrong,
    endpoints: () => [...ready],
    add: (receiver) => void receivers.add(receiver),
    stop: async () => {
      stopped.abort();
      await Promise.all([looking, running]);
    },
  };
}

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';

import { onKafkaRequest } from './kafka-requests.ts';

export interface CountingProxy extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly bootstrap: string;
  /** How many requests of a kind have passed, by Kafka's number of it. */
  count(apiKey: number): number;
}

/** Stands before a broker and counts the requests of those who come to it first: where the broker says that it is elsewhere, they are out of its sight. */
export async function countingProxy(target: string): Promise<CountingProxy> {
  const [host = '', port = ''] = target.split(':');
  const counts = new Map<number, number>();
  const server = createServer((client) => {
    const broker = connect(Number(port), host);
    onKafkaRequest(client, (apiKey) => counts.set(apiKey, (counts.get(apiKey) ?? 0) + 1));
    client.pipe(broker).pipe(client);
    for (const [socket, other] of [[client, broker], [broker, client]] as const) socket.on('error', () => undefined).on('close', () => other.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    bootstrap: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: (apiKey) => counts.get(apiKey) ?? 0,
    [Symbol.asyncDispose]: () => Promise.resolve(void server.close()),
  };
}

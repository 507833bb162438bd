import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';

import { onKafkaRequest } from './kafka-requests.ts';

export interface FlakyProxy extends AsyncDisposable {
  /** Share of the broker's answers that are lost, the connection with them; 0 at the start. */
  loss: number;
  /** The answer to the next request of this kind, by Kafka's number of it, is lost; undefined again then. */
  loseAnswerTo: number | undefined;
  /** How many answers were lost. */
  readonly lost: number;
  close(): Promise<void>;
}

/** A TCP proxy on 127.0.0.1 that hands on every request and, when told to, loses some of the answers. */
export async function flakyProxy(port: number, brokerPort: number): Promise<FlakyProxy> {
  const sockets = new Set<Socket>();
  let lost = 0;
  const server = createServer((client) => {
    const broker = connect(brokerPort, '127.0.0.1');
    for (const [socket, other] of [[client, broker], [broker, client]] as const) {
      sockets.add(socket);
      socket.setNoDelay(true).once('error', () => other.destroy());
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    let doomed = false;
    onKafkaRequest(client, (apiKey) => {
      if (apiKey !== proxy.loseAnswerTo) return;
      doomed = true;
      proxy.loseAnswerTo = undefined;
    });
    client.pipe(broker);
    broker.on('data', (chunk) => {
      if (!doomed && Math.random() >= proxy.loss) return void client.write(chunk);
      lost += 1;
      client.destroy();
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.close();
    for (const socket of sockets) socket.destroy();
    if (server.listening) await once(server, 'close');
  };
  const proxy: FlakyProxy = {
    loss: 0,
    loseAnswerTo: undefined,
    get lost() {
      return lost;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
  return proxy;
}

import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';

export interface RawSubscriber extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly authority: string;
  /** Request lines, in the order of arrival. */
  readonly requests: string[];
  readonly connections: { count: number; open: number };
}

/** A server that speaks HTTP no better than its answer does. `answer` is called for each request with the path and the socket; requests must be small. */
export async function rawSubscriber(answer: (path: string, socket: Socket) => void): Promise<RawSubscriber> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const connections = { count: 0, open: 0 };
  const server = createServer((socket) => {
    sockets.add(socket);
    connections.count += 1;
    connections.open += 1;
    let pending = '';
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      connections.open -= 1;
    });
    socket.on('data', (chunk: Buffer) => {
      pending += chunk.toString('latin1');
      for (let end = endOfRequest(pending); end !== undefined; end = endOfRequest(pending)) {
        const line = pending.slice(0, pending.indexOf('\r\n'));
        pending = pending.slice(end);
        requests.push(line);
        answer(line.split(' ')[1] ?? '', socket);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    authority: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connections,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function endOfRequest(text: string): number | undefined {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return undefined;
  const end = head + 4 + Number(/\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
  return text.length >= end ? end : undefined;
}

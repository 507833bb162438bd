import { once } from 'node:events';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly at: number;
}

export interface TestSubscriber extends AsyncDisposable {
  readonly url: string;
  /** Every request, in the order of arrival. */
  readonly requests: ReceivedRequest[];
  /** Requests that are being answered now, and the most there were at once. */
  readonly load: { now: number; most: number };
  /** `ce-id` of every request. */
  ids(): string[];
  close(): Promise<void>;
}

/** Answers a request; `index` counts from 0. Without an answer function it is 200 and no body. */
export type Answer = (request: ReceivedRequest, response: ServerResponse, index: number) => void | Promise<void>;

/** An HTTP server on 127.0.0.1 that records what it receives. */
export async function testSubscriber(answer: Answer = (_request, response) => void response.end(), port = 0): Promise<TestSubscriber> {
  const requests: ReceivedRequest[] = [];
  const load = { now: 0, most: 0 };
  const server = createServer((request, response) => {
    load.now += 1;
    load.most = Math.max(load.most, load.now);
    response.once('close', () => (load.now -= 1));
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const received = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks), at: Date.now() };
      const index = requests.push(received) - 1;
      void answer(received, response, index);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    load,
    ids: () => requests.map(({ headers }) => String(headers['ce-id'])),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Answers with these codes one after the other, then with 200. */
export function codes(...list: number[]): Answer {
  return (_request, response, index) => void response.writeHead(list[index] ?? 200).end();
}

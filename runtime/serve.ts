import { once } from 'node:events';
import type { RequestListener, Server, ServerOptions } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ServeOptions {
  readonly port: number;
  readonly host?: string;
  /** Stops taking connections when aborted; requests under way are finished. */
  readonly signal: AbortSignal;
  readonly server?: ServerOptions;
}

export interface Serving {
  readonly server: Server;
  readonly port: number;
  /** Settles when the last request has been answered after the signal. */
  readonly closed: Promise<void>;
}

/** Listens; fails when the port cannot be had. */
export async function serve(handler: RequestListener, options: ServeOptions): Promise<Serving> {
  const { signal } = options;
  const server = createServer(options.server ?? {}, handler);
  server.on('request', (_request, response) => {
    if (signal.aborted) response.setHeader('Connection', 'close');
    response.once('close', () => {
      if (signal.aborted) server.closeIdleConnections();
    });
  });
  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const stop = (): void => {
    server.close();
    server.closeIdleConnections();
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return { server, port: (server.address() as AddressInfo).port, closed };
}

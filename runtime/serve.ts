import { once } from 'node:events';
import type { RequestListener, Server, ServerOptions } from 'node:http';
import { createServer } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Server as NetServer } from 'node:net';
import type { SecureContextOptions, TlsOptions } from 'node:tls';

export interface ServeOptions {
  readonly port: number;
  readonly host?: string;
  /** In a worker of a cluster: the port is its own, and the others have no part in it. */
  readonly exclusive?: boolean;
  /** Stops taking connections when aborted; requests under way are finished. */
  readonly signal: AbortSignal;
  /** Time after the signal for which connections are still taken, each to be closed with its next answer. */
  readonly drainMs?: number;
  readonly server?: ServerOptions;
  /** With it, HTTPS. */
  readonly certificate?: SecureContextOptions;
}

export interface Serving {
  readonly server: Server | SecureServer;
  readonly port: number;
  /** Settles when the last request has been answered after the signal. */
  readonly closed: Promise<void>;
}

/** Connections that wait to be taken, as far as the kernel allows (net.core.somaxconn). Beyond it the kernel drops them without a word, and a sender waits for a second or longer: Node's own 511 are soon full when senders come all at once. */
const backlog = 4096;

/** A connection on which no request comes, or no handshake, ends after ten seconds; Node's own limits are minutes. */
const usualLimits: ServerOptions & Pick<TlsOptions, 'handshakeTimeout'> = { headersTimeout: 10_000, connectionsCheckingInterval: 1000, handshakeTimeout: 10_000 };

/** Between two looks, when closing, for connections whose last request is answered. */
const idleLookMs = 20;

/** Listens; fails when the port cannot be had. */
export async function serve(handler: RequestListener, options: ServeOptions): Promise<Serving> {
  const { signal, certificate } = options;
  const limits = { ...usualLimits, ...options.server };
  const server = certificate ? createSecureServer({ ...limits, ...certificate }, handler) : createServer(limits, handler);
  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  const { port, host, exclusive = false } = options;
  server.listen({ port, exclusive, backlog, ...(host !== undefined && { host }) });
  await once(server, 'listening').catch((error: unknown) => {
    throw new Error(`port ${port} cannot be had (${(error as NodeJS.ErrnoException).code ?? 'error'}): end what listens there, or set another`, { cause: error });
  });
  const close = (): void => {
    const closing = setInterval(() => server.closeIdleConnections(), idleLookMs);
    // An HTTP server's own way no longer looks for requests that are too slow, or never come: one such connection would keep the process for ever.
    NetServer.prototype.close.call(server, () => {
      clearInterval(closing);
      server.close();
    });
  };
  const stop = (): void => {
    const last: RequestListener = (_request, response) => void response.setHeader('Connection', 'close');
    server.prependListener('request', last).prependListener('checkContinue', last);
    if (options.drainMs) setTimeout(close, options.drainMs);
    else close();
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return { server, port: (server.address() as AddressInfo).port, closed };
}

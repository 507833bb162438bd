import type { Server, ServerOptions } from 'node:http';

/** Most bytes of a request's head. */
export const largestHeadBytes = 32_768;

const requestTimeout = 30_000;
const connectionsCheckingInterval = 1000;
/** Longest time from the first byte of a request to its last: Node looks for those that are late now and then. */
export const longestRequestMs = requestTimeout + connectionsCheckingInterval;

/** Limits of connections and heads: slow and silent ones end, and a proxy's idle ones end before ours. A body of 20 MiB at 1 MiB/s still fits. */
export const serverOptions: ServerOptions = {
  headersTimeout: 10_000,
  requestTimeout,
  connectionsCheckingInterval,
  keepAliveTimeout: 75_000,
  maxHeaderSize: largestHeadBytes,
  // Ours says why, and is counted.
  requireHostHeader: false,
};

/** Most lines of a request's head. */
export const maxHeaderLines = 512;

/** What cannot be said in its options. */
export function limitServer(server: Server, maxConnections: number): void {
  // A worker of several would hand back what is over its limit, and that would go round for ever: this one, which the types do not know, closes it.
  Object.assign(server, { maxHeadersCount: maxHeaderLines, maxConnections, dropMaxConnection: true });
}

import type { buildConnector as Connectors } from 'undici';
import { Agent, buildConnector } from 'undici';

import { Deadlines } from './deadlines.ts';
import type { DestinationAddress } from './destination.ts';
import { destinationAddress } from './destination.ts';
import type { EgressGuard } from './egress/egress-guard.ts';
import { Exchange } from './http-exchange.ts';

/** Why there was no answer. `refused`: the request was not made and never will be; anything else may go better another time. */
export type Failure = 'timeout' | 'connection' | 'refused';

/** How an attempt ended, whatever the answer means. */
export type Outcome =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** Name, value, name, value… as they came, where they are wanted. */
      readonly rawHeaders: readonly string[];
      /** At most as many bytes as were asked for. */
      readonly body: Buffer;
      readonly truncated: boolean;
      readonly retryAfterMs?: number | undefined;
    }
  | { readonly kind: 'unanswered'; readonly error: string; readonly failure: Failure };

export interface HttpRequest {
  readonly url: string;
  /** Name, value, name, value… */
  readonly headers: readonly string[];
  readonly body: Buffer | undefined;
  /** Longest time until the answer has been read. */
  readonly timeoutMs: number;
  /** Bytes of the answer's body that are wanted; the rest is thrown away. */
  readonly bodyLimit: number;
  /** Whether the answer's headers are wanted. */
  readonly keepsHeaders: boolean;
  /** Looked at once more when the request is about to be sent, for a connection takes its time: where it is not valid, nothing is sent, and `post` rejects with NotBegun. */
  readonly permit: { readonly isValid: boolean };
  /** Abandons the request: `post` then rejects with its reason. */
  readonly signal: AbortSignal;
}

export interface HttpClient {
  /** One POST. Settles with what came of it; rejects only when abandoned or not begun. Redirects are not followed. */
  post(request: HttpRequest): Promise<Outcome>;
  close(): Promise<void>;
}

const connectTimeoutMs = 10_000;
const maxHeaderBytes = 32 * 1024;

/** A pool for each origin, with the guard before every connection. Connections are not bounded here: what is in flight is bounded by partitions. */
export function createHttpClient(guard: EgressGuard): HttpClient {
  const agent = new Agent({ connect: guardedConnector(guard), headersTimeout: 0, bodyTimeout: 0, maxHeaderSize: maxHeaderBytes, pipelining: 1, allowH2: false });
  const addressOf = addressBook();
  const deadlines = new Deadlines();
  return {
    post: (request) => {
      if (request.signal.aborted) return Promise.reject(request.signal.reason as Error);
      const address = addressOf(request.url);
      if ('refused' in address) return Promise.resolve({ kind: 'unanswered', error: address.refused, failure: 'refused' });
      return new Exchange(agent, address, request, deadlines).promise;
    },
    close: () => agent.destroy(),
  };
}

function guardedConnector(guard: EgressGuard): Connectors.connector {
  const connect = buildConnector({ timeout: connectTimeoutMs, allowH2: false, lookup: guard.lookup });
  return (options, callback) => {
    guard.admit(options.hostname).then(
      () => connect(options, callback),
      (error: unknown) => callback(error as Error, null),
    );
  };
}

const mostAddresses = 1000;

/** Addresses are few, and asked for with each event. */
function addressBook(): (url: string) => DestinationAddress {
  const known = new Map<string, DestinationAddress>();
  return (url) => {
    const found = known.get(url);
    if (found) return found;
    const address = destinationAddress(url);
    if (known.size < mostAddresses) known.set(url, address);
    return address;
  };
}

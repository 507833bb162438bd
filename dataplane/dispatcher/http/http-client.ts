import type { DestinationAddress } from '../destination.ts';
import { destinationAddress } from '../destination.ts';
import type { EgressGuard } from '../egress/egress-guard.ts';
import { ConnectionPool } from './connection-pool.ts';
import { Deadlines } from './deadlines.ts';
import { EndOfTurn } from './end-of-turn.ts';
import type { Shared } from './exchange.ts';
import { Exchange } from './exchange.ts';
import { InvalidHeader, requestHead, requestStart } from './request-head.ts';

/** Why there was no answer. `refused`: the request was not made and never will be; anything else may go better another time. */
export type Failure = 'timeout' | 'connection' | 'refused';

/** How an attempt ended, whatever the answer means. */
export type Outcome =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** Name, value, name, value… as they came. */
      readonly rawHeaders: readonly string[];
      /** At most as many bytes as were asked for. */
      readonly body: Buffer;
      readonly truncated: boolean;
      readonly retryAfterMs?: number | undefined;
      /** What the body takes, where it asked for room: to be released with it. */
      readonly room?: Room | undefined;
    }
  | { readonly kind: 'unanswered'; readonly error: string; readonly failure: Failure };

/** Room for a long answer. */
export interface Room {
  /** Whether it is there; until then no more of the answer is read. */
  readonly isGranted: boolean;
  /** Less will do. */
  shrinkTo(bytes: number): void;
  release(): void;
}

/** Asks for room; `granted` is called as soon as it is there. */
export type AskForRoom = (bytes: number, granted: () => void) => Room;

export interface HttpRequest {
  readonly url: string;
  /** Name, value, name, value… */
  readonly headers: readonly string[];
  readonly body: Buffer | undefined;
  /** Longest time until the answer has been read; that in which it waits for room does not count. */
  readonly timeoutMs: number;
  /** Bytes of the answer's body that are wanted; the rest is thrown away. */
  readonly bodyLimit: number;
  /** Where more is wanted of an answer that accepts: how much, and who has room for it. */
  readonly reply?: { readonly limit: number; readonly room: AskForRoom } | undefined;
  /** Looked at once more when the request is about to be sent, for a connection takes its time: where it is not valid, nothing is sent, and `post` rejects with NotBegun. */
  readonly permit: { readonly isValid: boolean };
  /** Abandons the request: `post` then rejects with its reason. */
  readonly signal: AbortSignal;
}

export interface HttpClient {
  /** One POST. Settles with what came of it; rejects only when abandoned or not begun. Redirects are not followed. */
  post(request: HttpRequest): Promise<Outcome>;
  /** Closes all connections; what is under way gets no answer. */
  close(): void;
}

const sweepMs = 1000;

/** Speaks HTTP/1.1 itself, over sockets of Node: docs/adr/0015-own-http-client.md. */
export function createHttpClient(guard: EgressGuard): HttpClient {
  const pools = new Map<string, ConnectionPool>();
  const shared: Shared = { deadlines: new Deadlines(), turn: new EndOfTurn() };
  const targetOf = remembered((url) => target(destinationAddress(url), pools, guard));
  const sweeping = setInterval(() => {
    const now = performance.now();
    for (const pool of pools.values()) pool.sweep(now);
  }, sweepMs).unref();
  return {
    post: (request) => {
      if (request.signal.aborted) return Promise.reject(request.signal.reason as Error);
      const found = targetOf(request.url);
      if ('refused' in found) return refused(found.refused);
      let head: string;
      try {
        head = requestHead(found.requestStart, request.headers, request.body?.length ?? 0);
      } catch (error) {
        if (error instanceof InvalidHeader) return refused(error.message);
        throw error;
      }
      return new Exchange(found.pool, head, request, shared).promise;
    },
    close: () => {
      clearInterval(sweeping);
      for (const pool of pools.values()) pool.close();
    },
  };
}

function refused(error: string): Promise<Outcome> {
  return Promise.resolve({ kind: 'unanswered', error, failure: 'refused' });
}

/** Where a request goes. */
interface Target {
  readonly pool: ConnectionPool;
  /** First lines of every request there. */
  readonly requestStart: string;
}

function target(address: DestinationAddress, pools: Map<string, ConnectionPool>, guard: EgressGuard): Target | { readonly refused: string } {
  if ('refused' in address) return address;
  const { secure, authority, path, host, port } = address;
  const key = `${secure ? 'https' : 'http'}://${authority}`;
  const pool = pools.get(key) ?? new ConnectionPool({ secure, host, port }, guard);
  pools.set(key, pool);
  return { pool, requestStart: requestStart(authority, path) };
}

const mostAddresses = 1000;

/** Addresses are few, and asked for with each event. */
function remembered<T>(read: (url: string) => T): (url: string) => T {
  const known = new Map<string, T>();
  return (url) => {
    const found = known.get(url);
    if (found) return found;
    const fresh = read(url);
    if (known.size < mostAddresses) known.set(url, fresh);
    return fresh;
  };
}

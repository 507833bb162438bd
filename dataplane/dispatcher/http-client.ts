import type { Dispatcher, buildConnector as Connectors } from 'undici';
import { Agent, buildConnector } from 'undici';

import { destinationAddress } from './destination.ts';
import type { EgressGuard } from './egress/egress-guard.ts';
import { EgressRefused } from './egress/egress-guard.ts';
import { parseRetryAfter } from './retry-after.ts';

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
      readonly retryAfterMs?: number;
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
  /** Abandons the request: `post` then rejects with its reason. */
  readonly signal: AbortSignal;
}

export interface HttpClient {
  /** One POST. Settles with what came of it; rejects only when abandoned. Redirects are not followed. */
  post(request: HttpRequest): Promise<Outcome>;
  close(): Promise<void>;
}

const connectTimeoutMs = 10_000;
const maxHeaderBytes = 32 * 1024;
/** Rest of a body that is read to keep its connection; beyond it the connection is given up. */
const drainedBytes = 128 * 1024;

/** A pool for each origin, with the guard before every connection. Connections are not bounded here: what is in flight is bounded by partitions. */
export function createHttpClient(guard: EgressGuard): HttpClient {
  const agent = new Agent({ connect: guardedConnector(guard), headersTimeout: 0, bodyTimeout: 0, maxHeaderSize: maxHeaderBytes, pipelining: 1, allowH2: false });
  return {
    post: (request) => post(agent, request),
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

class TimedOut extends Error {}

async function post(agent: Agent, request: HttpRequest): Promise<Outcome> {
  const { signal, timeoutMs } = request;
  signal.throwIfAborted();
  const controller = new AbortController();
  const abandon = (): void => controller.abort(signal.reason);
  const timer = setTimeout(() => controller.abort(new TimedOut(`no answer within ${timeoutMs} ms`)), timeoutMs);
  signal.addEventListener('abort', abandon, { once: true });
  try {
    return await exchange(agent, request, controller.signal);
  } catch (error) {
    signal.throwIfAborted();
    return unanswered(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abandon);
  }
}

async function exchange(agent: Agent, request: HttpRequest, signal: AbortSignal): Promise<Outcome> {
  const address = destinationAddress(request.url);
  if ('refused' in address) return { kind: 'unanswered', error: address.refused, failure: 'refused' };
  const interim = { status: 0 };
  const options: Dispatcher.RequestOptions = {
    ...address, method: 'POST', headers: [...request.headers], body: request.body ?? null, signal, responseHeaders: 'raw',
    onInfo: ({ statusCode }) => (interim.status = statusCode),
  };
  let response: Dispatcher.ResponseData;
  try {
    response = await respond(agent, request, options);
  } catch (error) {
    const status = interimStatus(error) ?? interim.status;
    if (status === 0 || signal.aborted) throw error;
    return { kind: 'answered', status, rawHeaders: [], body: Buffer.alloc(0), truncated: false };
  }
  const rawHeaders = response.headers as unknown as string[];
  const { body, truncated } = await readBody(response.body, request.bodyLimit);
  return { kind: 'answered', status: response.statusCode, rawHeaders, body, truncated, ...retryAfter(response.statusCode, rawHeaders) };
}

/** A kept connection that its peer closed while the request was on its way says nothing about the subscriber: that request is made again, once. */
async function respond(agent: Agent, request: HttpRequest, options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData> {
  try {
    return await agent.request(options);
  } catch (error) {
    if (!isStaleConnection(error, request)) throw error;
    return await agent.request(options);
  }
}

async function readBody(stream: Dispatcher.ResponseData['body'], limit: number): Promise<{ body: Buffer; truncated: boolean }> {
  const chunks: Buffer[] = [];
  let kept = 0;
  let read = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    read += chunk.length;
    const part = chunk.subarray(0, limit - kept);
    if (part.length > 0) chunks.push(part);
    kept += part.length;
    if (read > limit + drainedBytes) break;
  }
  return { body: Buffer.concat(chunks, kept), truncated: read > kept };
}

function retryAfter(status: number, rawHeaders: readonly string[]): { retryAfterMs?: number } {
  if (status !== 429 && status !== 503) return {};
  const index = rawHeaders.findIndex((text, position) => position % 2 === 0 && text.toLowerCase() === 'retry-after');
  const retryAfterMs = index < 0 ? undefined : parseRetryAfter(rawHeaders[index + 1], Date.now());
  return retryAfterMs === undefined ? {} : { retryAfterMs };
}

interface ErrorWithCode extends Error {
  readonly code?: string;
  readonly socket?: { readonly bytesRead?: number; readonly bytesWritten?: number };
}

/** Bytes of a request beside its URL, headers and body, at most: its first line and what undici adds. */
const overheadBytes = 80;

/** Whether the connection had carried a request before: on a new one, its end is the subscriber's answer to this request. */
function isStaleConnection(error: unknown, { url, headers, body }: HttpRequest): boolean {
  const { code, message, socket } = error as ErrorWithCode;
  if (code !== 'UND_ERR_SOCKET' || message !== 'other side closed') return false;
  const own = headers.reduce((sum, text) => sum + text.length + 2, url.length + overheadBytes + (body?.length ?? 0));
  return (socket?.bytesRead ?? 0) > 0 && (socket?.bytesWritten ?? 0) > own;
}

/** Where undici gives up a connection because of an interim answer that nobody asked for, that is the answer. */
function interimStatus(error: unknown): number | undefined {
  const { code, message } = error as ErrorWithCode;
  if (code !== 'UND_ERR_SOCKET') return undefined;
  return { 'bad response': 100, 'bad upgrade': 101 }[message];
}

/** Faults of the request itself, which no other attempt can mend. */
const hopeless: ReadonlySet<string> = new Set(['UND_ERR_INVALID_ARG', 'ERR_INVALID_URL', 'UND_ERR_NOT_SUPPORTED']);

function unanswered(error: unknown): Outcome {
  const { code, message, cause } = error as ErrorWithCode;
  const detail = message || (cause instanceof Error ? cause.message : '') || code || 'connection failed';
  const failure = error instanceof TimedOut ? 'timeout' : error instanceof EgressRefused || hopeless.has(code ?? '') ? 'refused' : 'connection';
  return { kind: 'unanswered', error: detail, failure };
}

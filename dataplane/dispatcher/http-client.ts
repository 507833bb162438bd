import type { Dispatcher } from 'undici';
import { Agent } from 'undici';

import { parseRetryAfter } from './retry-after.ts';

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
  | { readonly kind: 'unanswered'; readonly error: string; /** Whether another attempt can help. */ readonly retried: boolean };

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
/** Rest of a body that is read to keep its connection; beyond it the connection is given up. */
const drainedBytes = 128 * 1024;

/** A pool for each origin. Connections are not bounded here: what is in flight is bounded by partitions. */
export function createHttpClient(): HttpClient {
  const agent = new Agent({ connect: { timeout: connectTimeoutMs }, headersTimeout: 0, bodyTimeout: 0, pipelining: 1, allowH2: false });
  return {
    post: (request) => post(agent, request),
    close: () => agent.destroy(),
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
    return await exchangeTwice(agent, request, controller.signal);
  } catch (error) {
    signal.throwIfAborted();
    return unanswered(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abandon);
  }
}

/** A kept connection that its peer closed while the request was on its way says nothing about the subscriber: that request is made again, once. */
async function exchangeTwice(agent: Agent, request: HttpRequest, signal: AbortSignal): Promise<Outcome> {
  try {
    return await exchange(agent, request, signal);
  } catch (error) {
    if (!isStaleConnection(error)) throw error;
    return await exchange(agent, request, signal);
  }
}

async function exchange(agent: Agent, request: HttpRequest, signal: AbortSignal): Promise<Outcome> {
  const { origin, pathname, search } = new URL(request.url);
  const headers = [...request.headers];
  const response = await agent.request({ origin, path: pathname + search, method: 'POST', headers, body: request.body ?? null, signal, responseHeaders: 'raw' });
  const rawHeaders = response.headers as unknown as string[];
  const { body, truncated } = await readBody(response.body, request.bodyLimit);
  const retryAfterMs = parseRetryAfter(headerOf(rawHeaders, 'retry-after'), Date.now());
  return { kind: 'answered', status: response.statusCode, rawHeaders, body, truncated, ...(retryAfterMs !== undefined && { retryAfterMs }) };
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

function headerOf(rawHeaders: readonly string[], name: string): string | undefined {
  const index = rawHeaders.findIndex((text, position) => position % 2 === 0 && text.toLowerCase() === name);
  return index < 0 ? undefined : rawHeaders[index + 1];
}

interface ErrorWithCode extends Error {
  readonly code?: string;
  readonly socket?: { readonly bytesRead?: number };
}

function isStaleConnection(error: unknown): boolean {
  const { code, socket } = error as ErrorWithCode;
  return code === 'UND_ERR_SOCKET' && (socket?.bytesRead ?? 0) > 0;
}

/** Faults of the request itself, which no other attempt can mend. */
const hopeless: ReadonlySet<string> = new Set(['UND_ERR_INVALID_ARG', 'ERR_INVALID_URL', 'UND_ERR_NOT_SUPPORTED']);

function unanswered(error: unknown): Outcome {
  const { code, message, cause } = error as ErrorWithCode;
  const detail = message || (cause instanceof Error ? cause.message : '') || code || 'connection failed';
  return { kind: 'unanswered', error: detail, retried: error instanceof TimedOut || !hopeless.has(code ?? '') };
}

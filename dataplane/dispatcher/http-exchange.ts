import type { Agent, Dispatcher } from 'undici';

import { EgressRefused } from './egress/egress-guard.ts';
import type { HttpRequest, Outcome } from './http-client.ts';
import { parseRetryAfter } from './retry-after.ts';

/** Rest of a body that is read to keep its connection; beyond it the connection is given up. */
const drainedBytes = 128 * 1024;
const nothing = Buffer.alloc(0);

/** One request and its answer, by undici's own callbacks: a promise, a stream or a signal for each event would cost more than the request itself. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #agent: Agent;
  readonly #address: { readonly origin: string; readonly path: string };
  readonly #request: HttpRequest;
  readonly #settle: (outcome: Outcome) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #isOver = false;
  #isRepeated = false;
  /** Of an interim answer, until there is a final one. */
  #interim = 0;
  #status = 0;
  #rawHeaders: readonly string[] = [];
  #chunks: Buffer[] = [];
  #kept = 0;
  #read = 0;

  /** `settle` is called once, unless the exchange is abandoned first. */
  constructor(agent: Agent, address: { readonly origin: string; readonly path: string }, request: HttpRequest, settle: (outcome: Outcome) => void) {
    this.#agent = agent;
    this.#address = address;
    this.#request = request;
    this.#settle = settle;
  }

  start(): void {
    const { headers, body } = this.#request;
    try {
      this.#agent.dispatch({ ...this.#address, method: 'POST', headers: headers as string[], body: body ?? null }, this);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Lets go of it, also while it waits for a connection. */
  abandon(reason: Error): void {
    this.#isOver = true;
    this.#controller?.abort(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(new Error('abandoned'));
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) {
      this.#interim = status;
      return;
    }
    this.#status = status;
    this.#rawHeaders = texts(controller.rawHeaders);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { bodyLimit } = this.#request;
    this.#read += chunk.length;
    const part = chunk.subarray(0, bodyLimit - this.#kept);
    if (part.length > 0) this.#chunks.push(part);
    this.#kept += part.length;
    if (this.#read <= bodyLimit + drainedBytes) return;
    this.#answer(this.#status);
    controller.abort(new Error('the body is too long'));
  }

  onResponseEnd(): void {
    this.#answer(this.#status);
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#fail(error);
  }

  #answer(status: number): void {
    const body = this.#chunks.length === 0 ? nothing : Buffer.concat(this.#chunks, this.#kept);
    this.#end({ kind: 'answered', status, rawHeaders: this.#rawHeaders, body, truncated: this.#read > this.#kept, ...retryAfter(status, this.#rawHeaders) });
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    const interim = interimStatus(error) ?? this.#interim;
    if (interim > 0 && this.#status === 0) this.#answer(interim);
    else if (this.#status === 0 && !this.#isRepeated && isStaleConnection(error, this.#request)) this.#repeat();
    else this.#end(unanswered(error));
  }

  /** A kept connection that its peer closed while the request was on its way says nothing about the subscriber: that request is made again, once. */
  #repeat(): void {
    this.#isRepeated = true;
    this.#controller = undefined;
    this.start();
  }

  #end(outcome: Outcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#settle(outcome);
  }
}

function texts(rawHeaders: Dispatcher.DispatchController['rawHeaders']): readonly string[] {
  return Array.isArray(rawHeaders) ? rawHeaders.map((text) => (typeof text === 'string' ? text : text.toString('latin1'))) : [];
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
  return { kind: 'unanswered', error: detail, failure: error instanceof EgressRefused || hopeless.has(code ?? '') ? 'refused' : 'connection' };
}

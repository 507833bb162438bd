import type { Agent, Dispatcher } from 'undici';

import type { Deadlines, Timed } from './deadlines.ts';
import { nowhere } from './deadlines.ts';
import { EgressRefused } from './egress/egress-guard.ts';
import type { HttpRequest, Outcome } from './http-client.ts';
import { NotBegun } from './not-begun.ts';
import { parseRetryAfter } from './retry-after.ts';

/** Rest of a body that is read to keep its connection; beyond it the connection is given up. */
const drainedBytes = 128 * 1024;
const nothing = Buffer.alloc(0);
const noHeaders: readonly string[] = [];

/**
 * One request under way, until its answer has been read, its time is over, or it is abandoned. By undici's own callbacks: a stream, a signal or a timer for each
 * event would cost more than the request itself. Undici does not let go of a request while it connects, so it is not waited for.
 */
export class Exchange implements Dispatcher.DispatchHandler, Timed {
  readonly promise: Promise<Outcome>;
  readonly deadline: number;
  place = nowhere;
  readonly #agent: Agent;
  readonly #address: { readonly origin: string; readonly path: string };
  readonly #request: HttpRequest;
  readonly #deadlines: Deadlines;
  #resolve!: (outcome: Outcome) => void;
  #reject!: (reason: Error) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #isOver = false;
  #isRepeated = false;
  /** Of an interim answer, until there is a final one. */
  #interim = 0;
  #status = 0;
  #rawHeaders: readonly string[] = noHeaders;
  #retryAfterMs: number | undefined;
  #chunks: Buffer[] | undefined;
  #kept = 0;
  #read = 0;

  constructor(agent: Agent, address: { readonly origin: string; readonly path: string }, request: HttpRequest, deadlines: Deadlines) {
    this.#agent = agent;
    this.#address = address;
    this.#request = request;
    this.#deadlines = deadlines;
    this.deadline = performance.now() + request.timeoutMs;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    deadlines.add(this);
    this.#start();
  }

  get signal(): AbortSignal {
    return this.#request.signal;
  }

  expired(): void {
    this.#end({ kind: 'unanswered', error: `no answer within ${this.#request.timeoutMs} ms`, failure: 'timeout' });
    this.#controller?.abort(new Error('timeout'));
  }

  abandoned(): void {
    this.#giveUp(this.signal.reason as Error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (!this.#isOver && !this.#request.permit.isValid) this.#giveUp(new NotBegun('the session in the group ended before the request could be sent'));
    else if (this.#isOver) controller.abort(new Error('abandoned'));
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) {
      this.#interim = status;
      return;
    }
    this.#status = status;
    if (this.#request.keepsHeaders) this.#rawHeaders = texts(controller.rawHeaders);
    if (status === 429 || status === 503) this.#retryAfterMs = retryAfterMs(texts(controller.rawHeaders));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { bodyLimit } = this.#request;
    this.#read += chunk.length;
    const part = chunk.subarray(0, bodyLimit - this.#kept);
    if (part.length > 0) (this.#chunks ??= []).push(part);
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

  #start(): void {
    const { origin, path } = this.#address;
    const { headers, body } = this.#request;
    try {
      this.#agent.dispatch({ origin, path, method: 'POST', headers: headers as string[], body: body ?? null }, this);
    } catch (error) {
      this.#fail(error);
    }
  }

  #answer(status: number): void {
    const body = this.#chunks ? Buffer.concat(this.#chunks, this.#kept) : nothing;
    this.#end({ kind: 'answered', status, rawHeaders: this.#rawHeaders, body, truncated: this.#read > this.#kept, retryAfterMs: this.#retryAfterMs });
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
    this.#start();
  }

  #giveUp(reason: Error): void {
    this.#isOver = true;
    this.#deadlines.delete(this);
    this.#reject(reason);
    this.#controller?.abort(reason);
  }

  #end(outcome: Outcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#deadlines.delete(this);
    this.#resolve(outcome);
  }
}

function texts(rawHeaders: Dispatcher.DispatchController['rawHeaders']): readonly string[] {
  return Array.isArray(rawHeaders) ? rawHeaders.map((text) => (typeof text === 'string' ? text : text.toString('latin1'))) : [];
}

function retryAfterMs(rawHeaders: readonly string[]): number | undefined {
  const index = rawHeaders.findIndex((text, position) => position % 2 === 0 && text.toLowerCase() === 'retry-after');
  return index < 0 ? undefined : parseRetryAfter(rawHeaders[index + 1], Date.now());
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

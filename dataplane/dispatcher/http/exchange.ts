import { EgressRefused } from '../egress/egress-guard.ts';
import { NotBegun } from '../not-begun.ts';
import { isAccepted } from '../retry.ts';
import { parseRetryAfter } from '../retry-after.ts';
import type { AnswerHead } from './answer-head.ts';
import type { Asker, Connection } from './connection.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { Deadlines, Timed } from './deadlines.ts';
import { nowhere } from './deadlines.ts';
import type { EndOfTurn, Held } from './end-of-turn.ts';
import { headerNamed } from './header-named.ts';
import type { HttpRequest, Outcome, Room } from './http-client.ts';
import { KeptBody } from './kept-body.ts';

/** Rest of a body that is read to keep its connection; beyond it the connection is given up. */
const drainedBytes = 128 * 1024;
/** As much of a body is kept without asking for room: nearly all are shorter. */
const unaskedBytes = 16 * 1024;
const nothing = Buffer.alloc(0);
const noHeaders: readonly string[] = [];

/** What all requests of a client have together. */
export interface Shared {
  readonly deadlines: Deadlines;
  readonly turn: EndOfTurn;
}

/** One request under way, until its answer has been read, its time is over, or it is abandoned. By callbacks: a stream, a signal or a timer for each event would cost more than the request itself. */
export class Exchange implements Asker, Held, Timed {
  readonly promise: Promise<Outcome>;
  deadline: number;
  place = nowhere;
  readonly #pool: ConnectionPool;
  readonly #request: HttpRequest;
  readonly #head: string;
  readonly #deadlines: Deadlines;
  readonly #turn: EndOfTurn;
  #resolve!: (outcome: Outcome) => void;
  #reject!: (reason: Error) => void;
  /** What it will be sent over at the end of the turn. */
  #taken: Connection | undefined;
  /** What it has been sent over. */
  #connection: Connection | undefined;
  #isOver = false;
  /** Status of an interim answer, until there is a final one. */
  #interim = 0;
  #answerHead: AnswerHead | undefined;
  #body: KeptBody | undefined;
  #read = 0;
  /** Bytes of the body that are kept. */
  #limit: number;
  #room: Room | undefined;

  /** `head`: the request's own, as it goes over the wire. */
  constructor(pool: ConnectionPool, head: string, request: HttpRequest, { deadlines, turn }: Shared) {
    this.#pool = pool;
    this.#head = head;
    this.#request = request;
    this.#deadlines = deadlines;
    this.#turn = turn;
    this.deadline = performance.now() + request.timeoutMs;
    this.#limit = request.bodyLimit;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    deadlines.add(this);
    this.#takeConnection();
  }

  get signal(): AbortSignal {
    return this.#request.signal;
  }

  expired(): void {
    this.#connection?.destroy();
    this.#end({ kind: 'unanswered', error: `no answer within ${this.#request.timeoutMs} ms`, failure: 'timeout' });
  }

  abandoned(): void {
    this.#connection?.destroy();
    this.#giveUp(this.signal.reason as Error);
  }

  onHead(head: AnswerHead): void {
    if (head.status < 200) this.#interim = head.status;
    if (head.status >= 200 || head.status === 101) this.#answerHead = head;
    if (this.#request.reply && isAccepted(head.status)) this.#limit = this.#request.reply.limit;
  }

  onData(bytes: Buffer): void {
    this.#read += bytes.length;
    (this.#body ??= new KeptBody(this.#limit)).add(bytes);
    if (this.#read <= this.#limit + drainedBytes) return;
    this.#connection?.destroy();
    this.answered();
  }

  moreToCome(): void {
    const { reply } = this.#request;
    if (this.#read <= unaskedBytes || this.#limit <= unaskedBytes || this.#room || !reply) return;
    const length = Math.min(this.#answerHead?.length || Infinity, this.#limit);
    const leftMs = this.deadline - performance.now();
    this.#room = reply.room(length, () => this.#readOn(length, leftMs));
    if (this.#room.isGranted) return;
    this.deadline = Infinity;
    this.#connection?.pause();
  }

  answered(): void {
    const { status = this.#interim, rawHeaders = noHeaders } = this.#answerHead ?? {};
    const body = this.#body?.whole ?? nothing;
    const retryAfterMs = status === 429 || status === 503 ? parseRetryAfter(headerNamed(rawHeaders, 'retry-after'), Date.now()) : undefined;
    const room = this.#room;
    this.#room = undefined;
    room?.shrinkTo(body.buffer.byteLength);
    this.#end({ kind: 'answered', status, rawHeaders, body, truncated: this.#read > body.length, retryAfterMs, room });
  }

  failed(error: Error, wasStale: boolean): void {
    if (this.#interim > 0 && !this.#answerHead) this.answered();
    else if (wasStale) this.#repeat();
    else this.#end(unanswered(error));
  }

  endOfTurn(): void {
    const connection = this.#taken;
    this.#taken = undefined;
    if (!connection) return;
    if (this.signal.aborted) this.abandoned();
    if (!connection.isOpen) this.#closedUnused(connection);
    else if (this.#isOver) this.#pool.free(connection);
    else this.#send(connection);
  }

  /** There is room for so much. */
  #readOn(length: number, leftMs: number): void {
    if (this.#answerHead?.framing === 'length') this.#body?.expect(length);
    this.deadline = performance.now() + leftMs;
    this.#connection?.resume();
  }

  #takeConnection(): void {
    const kept = this.#pool.take();
    if (kept) this.#sendSoon(kept);
    else this.#connect();
  }

  #connect(): void {
    this.#pool.open().then(
      (connection) => this.#sendSoon(connection),
      (error: unknown) => this.#end(unanswered(error as Error)),
    );
  }

  #sendSoon(connection: Connection): void {
    this.#taken = connection;
    this.#turn.add(this);
  }

  #send(connection: Connection): void {
    if (!this.#request.permit.isValid) {
      this.#pool.free(connection);
      this.#giveUp(new NotBegun('the session in the group ended before the request could be sent'));
      return;
    }
    this.#connection = connection;
    connection.send(this, this.#head, this.#request.body);
  }

  /** A kept connection may close at any time; where a new one does, so would the next. */
  #closedUnused({ hasServed, error = new Error('other side closed') }: Connection): void {
    if (!hasServed) this.#end(unanswered(error));
    else if (!this.#isOver) this.#takeConnection();
  }

  /** A kept connection that its peer closed while the request was on its way says nothing about the subscriber: that request is made again, over a new one. */
  #repeat(): void {
    this.#connection = undefined;
    this.#connect();
  }

  #giveUp(reason: Error): void {
    if (this.#ends()) this.#reject(reason);
  }

  #end(outcome: Outcome): void {
    if (this.#ends()) this.#resolve(outcome);
  }

  /** Says whether it ends only now. */
  #ends(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#deadlines.delete(this);
    this.#room?.release();
    return true;
  }
}

/** Happy Eyeballs puts its errors together in one without a message. */
function unanswered(error: Error & { readonly code?: string }): Outcome {
  const detail = error.message || (error instanceof AggregateError && (error.errors as Error[]).map(({ message }) => message).join('; ')) || error.code || 'connection failed';
  return { kind: 'unanswered', error: detail, failure: error instanceof EgressRefused ? 'refused' : 'connection' };
}

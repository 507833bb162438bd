import type { Socket } from 'node:net';

import type { EgressGuard } from '../egress/egress-guard.ts';
import type { AnswerHead } from './answer-head.ts';
import type { AnswerListener, Progress } from './answer-reader.ts';
import { AnswerReader } from './answer-reader.ts';
import type { Endpoint } from './socket.ts';
import { openSocket } from './socket.ts';
import { WriteRoom } from './write-room.ts';

/** Who waits for the answer to the request that is under way. `answered` or `failed` ends it. */
export interface Asker extends AnswerListener {
  answered(): void;
  /** What has come was read, and is not the whole answer. */
  moreToCome(): void;
  /** `wasStale`: the connection had carried a request before, and closed before anything of this answer came: the other side may never have seen the request. */
  failed(error: Error, wasStale: boolean): void;
}

export interface ConnectionOwner {
  /** It may carry another request. */
  free(connection: Connection): void;
  /** It is closed. */
  gone(connection: Connection): void;
}

/** How long a connection is kept without a request, where the other side says nothing: servers close theirs after five seconds and more. */
const keepAliveMs = { usual: 4000, margin: 1000, most: 600_000 } as const;
/** A body up to this length travels in one piece with its head. */
const joinedBytes = 16 * 1024;

const room = new WriteRoom();

/** One connection to a subscriber: one request at a time, one answer each. */
export class Connection implements AnswerListener {
  /** Until when it may be used again, as `performance.now()` tells the time. */
  usableUntil = performance.now() + keepAliveMs.usual;
  readonly #owner: ConnectionOwner;
  readonly #reader = new AnswerReader(this);
  #socket!: Socket;
  #asker: Asker | undefined;
  #hasServed = false;
  #error: Error | undefined;
  #head: AnswerHead | undefined;

  private constructor(owner: ConnectionOwner) {
    this.#owner = owner;
  }

  /** Rejects where no connection came about. */
  static async open(endpoint: Endpoint, guard: EgressGuard, owner: ConnectionOwner): Promise<Connection> {
    const connection = new Connection(owner);
    connection.#watch(await openSocket(endpoint, guard, (bytes) => connection.#received(bytes)));
    return connection;
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  /** Whether it has carried a request. */
  get hasServed(): boolean {
    return this.#hasServed;
  }

  /** What has ended it, where it was ended by an error. */
  get error(): Error | undefined {
    return this.#error;
  }

  send(asker: Asker, head: string, body: Buffer | undefined): void {
    this.#asker = asker;
    const socket = this.#socket;
    if (body && body.length > joinedBytes) {
      socket.cork();
      socket.write(head, 'latin1');
      socket.write(body);
      socket.uncork();
      return;
    }
    const whole = room.take(head.length + (body?.length ?? 0));
    whole.write(head, 'latin1');
    body?.copy(whole, head.length);
    socket.write(whole);
    if (socket.writableLength > 0) room.keepTaken();
  }

  /** Ends it with an error for whoever waits for an answer. */
  fail(error: Error): void {
    const asker = this.#asker;
    this.#error ??= error;
    this.destroy();
    asker?.failed(error, this.#hasServed && !this.#reader.hasBegun);
  }

  /** Whoever waits for an answer is not told. */
  destroy(): void {
    this.#asker = undefined;
    this.#socket.destroy();
  }

  /** Reads nothing until it is told to. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  onHead(head: AnswerHead): void {
    this.#head = head;
    this.#asker?.onHead(head);
  }

  onData(bytes: Buffer): void {
    this.#asker?.onData(bytes);
  }

  #watch(socket: Socket): void {
    this.#socket = socket;
    socket.on('error', (error) => this.fail(error));
    socket.on('end', () => (this.#reader.end() ? this.#complete('surplus') : this.fail(new Error('other side closed'))));
    socket.on('close', () => {
      this.fail(new Error('other side closed'));
      this.#owner.gone(this);
    });
  }

  #received(bytes: Buffer): void {
    const asker = this.#asker;
    if (!asker) return this.fail(new Error('the other side spoke before it was asked'));
    let progress: Progress;
    try {
      progress = this.#reader.read(bytes);
    } catch (error) {
      return this.fail(error as Error);
    }
    if (this.#asker !== asker) return;
    if (progress === 'partial') asker.moreToCome();
    else this.#complete(progress);
  }

  #complete(progress: Progress): void {
    const asker = this.#asker;
    this.#asker = undefined;
    this.#hasServed = true;
    // An answer that came before the request was through leaves the connection in the middle of it.
    if (progress === 'complete' && this.#head?.keepAlive === true && this.#socket.writableLength === 0 && !this.#socket.destroyed) this.#free(this.#head);
    else this.#socket.destroy();
    asker?.answered();
  }

  #free(head: AnswerHead): void {
    const hinted = head.keepAliveMs === undefined ? keepAliveMs.usual : Math.min(head.keepAliveMs, keepAliveMs.most) - keepAliveMs.margin;
    this.usableUntil = performance.now() + hinted;
    this.#owner.free(this);
  }
}

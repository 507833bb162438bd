import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** So many requests that came behind others of their connection, and what else one read has brought (64 KiB), are taken before everybody has had a turn. */
export const requestsATurn = 1000;

/**
 * Whose requests are read next. Node takes what has come on all connections before it does anything else: thousands of requests, sent in one go on each of a thousand connections, would keep everybody waiting
 * for a minute. Costs nothing while nobody sends a request before the answer to the last one.
 */
export class ReadingTurns {
  readonly #connections = new Set<Socket>();
  /** Connections that are read again in the next turn. */
  readonly #paused = new Set<Socket>();
  /** Connections of which nothing is read until an answer is sent. */
  readonly #held = new Set<Socket>();
  /** Connections that have filled a turn, the one that was read last at the end. */
  readonly #greedy = new Set<Socket>();
  /** Who sent requests behind others in this turn. */
  #senders: Socket[] = [];
  #requests = 0;

  follow(server: Server): void {
    server.on('connection', (socket: Socket) => {
      this.#connections.add(socket);
      socket.once('close', () => {
        for (const connections of [this.#connections, this.#paused, this.#held, this.#greedy]) connections.delete(socket);
      });
    });
  }

  /** A request came behind another one of its connection. */
  behind(socket: Socket): void {
    if (this.#requests === 0) setImmediate(() => this.#nextTurn());
    this.#requests += 1;
    if (this.#senders.at(-1) !== socket) this.#senders.push(socket);
    if (this.#requests === requestsATurn) this.#pauseAll();
  }

  /** Of a sender that goes on sending requests behind one that has been refused, and whose answer waits for those before it, nothing is read meanwhile: each would take memory of its own. */
  holdUntil(response: ServerResponse): void {
    const { socket } = response.req;
    if (response.writableFinished || this.#held.has(socket)) return;
    this.#held.add(socket);
    socket.pause();
    response.once('close', () => {
      this.#held.delete(socket);
      if (this.#isFull) this.#paused.add(socket);
      else socket.resume();
    });
  }

  get #isFull(): boolean {
    return this.#requests >= requestsATurn;
  }

  #pauseAll(): void {
    for (const socket of this.#connections) {
      if (socket.isPaused()) continue;
      socket.pause();
      this.#paused.add(socket);
    }
  }

  #nextTurn(): void {
    const wasFull = this.#isFull;
    const senders = this.#senders;
    this.#requests = 0;
    this.#senders = [];
    if (!wasFull) return;
    for (const socket of senders) {
      this.#greedy.delete(socket);
      if (!socket.destroyed) this.#greedy.add(socket);
    }
    const next = this.#inOrder().filter((socket) => this.#paused.has(socket) && !this.#held.has(socket));
    this.#paused.clear();
    for (const socket of next) socket.resume();
  }

  /** They are read in the order in which they are resumed: those that have had most answers, then the newest, and at the end, in turn, those that have filled a turn. */
  #inOrder(): Socket[] {
    const others = [...this.#connections].filter((socket) => !this.#greedy.has(socket)).reverse();
    return [...others.sort((a, b) => b.bytesWritten - a.bytesWritten), ...this.#greedy];
  }
}

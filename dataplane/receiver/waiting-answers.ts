import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { ByteBudget } from './byte-budget.ts';

/** What an answer takes, with its request, while it waits: objects of Node, and its text. */
export const bytesOfAnswer = 4096;

/** Answers that wait for those of earlier requests of their connection, each paid for until it is sent: a sender may go on for long behind a request that waits for Kafka. */
export class WaitingAnswers {
  readonly #budget: ByteBudget;
  readonly #ofConnection = new WeakMap<Socket, { paid: number }>();

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  /** Ends the connection where there is no room for one more. */
  add(response: ServerResponse): void {
    const { socket } = response.req;
    if (response.socket || socket.destroyed) return;
    if (!this.#budget.takeReserved(bytesOfAnswer)) {
      endWithAll(socket);
      return;
    }
    const held = this.#ofConnection.get(socket) ?? this.#follow(socket);
    held.paid += bytesOfAnswer;
    response.once('close', () => this.#giveBack(held, bytesOfAnswer));
  }

  #follow(socket: Socket): { paid: number } {
    const held = { paid: 0 };
    this.#ofConnection.set(socket, held);
    socket.once('close', () => this.#giveBack(held, held.paid));
    return held;
  }

  #giveBack(held: { paid: number }, bytes: number): void {
    const given = Math.min(held.paid, bytes);
    held.paid -= given;
    this.#budget.giveBack(given);
  }
}

/** Node lets go of the requests of a connection when it hears that it is closed. It would hear so after everything that has come on all other connections is read: thousands of requests of each. */
function endWithAll(socket: Socket): void {
  socket.destroy();
  process.nextTick(() => socket.emit('close', false));
}

import type { EgressGuard } from '../egress/egress-guard.ts';
import type { ConnectionOwner } from './connection.ts';
import { Connection } from './connection.ts';
import type { Endpoint } from './socket.ts';

/** Connections to one endpoint. Not bounded: what is in flight is bounded by partitions. */
export class ConnectionPool implements ConnectionOwner {
  readonly #endpoint: Endpoint;
  readonly #guard: EgressGuard;
  /** The one that was used last comes first: under less load the others get old. */
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();
  #isClosed = false;

  constructor(endpoint: Endpoint, guard: EgressGuard) {
    this.#endpoint = endpoint;
    this.#guard = guard;
  }

  /** One that is there already; it is the taker's until it is free or gone. */
  take(): Connection | undefined {
    for (;;) {
      const connection = this.#idle.pop();
      if (!connection || (connection.isOpen && connection.usableUntil > performance.now())) return connection;
      connection.destroy();
    }
  }

  /** A new one; rejects where it cannot be had. */
  async open(): Promise<Connection> {
    const connection = await Connection.open(this.#endpoint, this.#guard, this);
    this.#all.add(connection);
    if (!this.#isClosed) return connection;
    connection.destroy();
    throw closedError();
  }

  free(connection: Connection): void {
    this.#idle.push(connection);
  }

  gone(connection: Connection): void {
    this.#all.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
  }

  /** Closes what has been idle for too long. */
  sweep(now: number): void {
    for (const connection of this.#idle.filter(({ usableUntil }) => usableUntil <= now)) connection.destroy();
  }

  close(): void {
    this.#isClosed = true;
    for (const connection of this.#all) connection.fail(closedError());
  }
}

function closedError(): Error {
  return new Error('the client is closed');
}

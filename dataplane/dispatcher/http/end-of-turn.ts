/** Something that waits for the end of the turn. */
export interface Held {
  endOfTurn(): void;
}

/**
 * What is to be sent in a turn of the event loop goes out together at its end, when all answers that had come are read: a request that is sent alone wakes the other side for itself,
 * and the two then get in each other's way.
 */
export class EndOfTurn {
  #held: Held[] = [];

  add(held: Held): void {
    if (this.#held.push(held) === 1) setImmediate(() => this.#isOver());
  }

  #isOver(): void {
    const held = this.#held;
    this.#held = [];
    for (const one of held) one.endOfTurn();
  }
}

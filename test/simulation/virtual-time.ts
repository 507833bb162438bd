/** Somebody to whom things happen: stopped for a while, or for good. */
export interface Sleeper {
  state: 'awake' | 'asleep' | 'dead';
  /** What has fallen due while it was asleep. */
  readonly missed: (() => unknown)[];
}

export function sleeper(): Sleeper {
  return { state: 'awake', missed: [] };
}

interface Due {
  readonly at: number;
  readonly number: number;
  readonly happen: () => unknown;
  readonly to: Sleeper | undefined;
}

/** Milliseconds that pass only when they are told to. */
export class VirtualTime {
  now = 0;
  #number = 0;
  /** A heap: nothing is due before what is above it. */
  readonly #due: Due[] = [];

  /** `to`: whoever it happens to; without, it happens in any case. */
  after(ms: number, happen: () => unknown, to?: Sleeper): void {
    this.#number += 1;
    const due = { at: this.now + Math.max(0, ms), number: this.#number, happen, to };
    let at = this.#due.push(due) - 1;
    for (let above = (at - 1) >> 1; at > 0 && isBefore(due, this.#at(above)); above = (at - 1) >> 1) {
      this.#due[at] = this.#at(above);
      at = above;
    }
    this.#due[at] = due;
  }

  /** Lets time pass; waits after each event until nothing more follows from it. */
  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    for (let next = this.#due[0]; next && next.at <= until; next = this.#due[0]) {
      this.#removeFirst();
      this.now = Math.max(this.now, next.at);
      if (next.to?.state === 'dead') continue;
      if (next.to?.state === 'asleep') {
        next.to.missed.push(next.happen);
        continue;
      }
      next.happen();
      await settled();
    }
    this.now = until;
  }

  #at(index: number): Due {
    const due = this.#due[index];
    if (!due) throw new Error('no such event');
    return due;
  }

  #removeFirst(): void {
    const last = this.#due.pop();
    if (!last || this.#due.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= this.#due.length) break;
      if (below + 1 < this.#due.length && isBefore(this.#at(below + 1), this.#at(below))) below += 1;
      if (!isBefore(this.#at(below), last)) break;
      this.#due[at] = this.#at(below);
      at = below;
    }
    this.#due[at] = last;
  }
}

/** After everything that promises make follow: Node comes to its next tick when no promise has anything left to do. */
export function settled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

function isBefore(a: Due, b: Due): boolean {
  return a.at < b.at || (a.at === b.at && a.number < b.number);
}

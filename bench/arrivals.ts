export type Order = 'ordered' | 'keyed' | 'unordered';

export interface ArrivalReport {
  /** Different events that arrived. */
  readonly arrived: number;
  readonly duplicates: number;
  /** Events that came after a later one of their partition (`ordered`) or key (`keyed`). */
  readonly inversions: number;
}

/** Name of an event: the number counts within its partition. */
export function eventId(partition: number, key: number, number: number): string {
  return `${partition}-${key}-${number}`;
}

/** Judges events by their ids as they arrive. */
export class Arrivals {
  readonly #order: Order;
  readonly #seen = new Map<number, Uint8Array>();
  readonly #last = new Map<number, number>();
  readonly #perPartition: number;
  #arrived = 0;
  #duplicates = 0;
  #inversions = 0;

  constructor(order: Order, eventsPerPartition: number) {
    this.#order = order;
    this.#perPartition = eventsPerPartition;
  }

  add(id: string): void {
    const [partition = 0, key = 0, number = 0] = id.split('-').map(Number);
    if (this.#isRepeated(partition, number)) {
      this.#duplicates += 1;
      return;
    }
    this.#arrived += 1;
    if (this.#order === 'unordered') return;
    const group = this.#order === 'ordered' ? partition : key;
    if (number < (this.#last.get(group) ?? -1)) this.#inversions += 1;
    else this.#last.set(group, number);
  }

  get report(): ArrivalReport {
    return { arrived: this.#arrived, duplicates: this.#duplicates, inversions: this.#inversions };
  }

  #isRepeated(partition: number, number: number): boolean {
    let seen = this.#seen.get(partition);
    if (!seen) this.#seen.set(partition, (seen = new Uint8Array(this.#perPartition)));
    const repeated = seen[number] === 1;
    seen[number] = 1;
    return repeated;
  }
}

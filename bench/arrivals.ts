export type Order = 'ordered' | 'keyed' | 'unordered';

/** Events that are told apart by their numbers. */
export interface NumberedEvents {
  readonly partitions: number;
  readonly eventsPerPartition: number;
  /** 0: they have no keys. */
  readonly keysPerPartition: number;
}

/** The events that are to arrive. */
export interface Expected extends NumberedEvents {
  readonly order: Order;
}

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

const counted = { arrived: 0, duplicates: 1, inversions: 2 } as const;

/** Judges events by their ids as they arrive, together with other threads that have the same memory. */
export class Arrivals {
  readonly #expected: Expected;
  readonly #counts: Int32Array<SharedArrayBuffer>;
  /** Of each partition or key, what the next number is at least. */
  readonly #next: Int32Array<SharedArrayBuffer>;
  readonly #seen: Uint8Array<SharedArrayBuffer>;

  constructor(expected: Expected, memory = Arrivals.memory(expected)) {
    const groups = groupsOf(expected);
    this.#expected = expected;
    this.#counts = new Int32Array(memory, 0, countsLength);
    this.#next = new Int32Array(memory, this.#counts.byteLength, groups);
    this.#seen = new Uint8Array(memory, this.#counts.byteLength + this.#next.byteLength);
  }

  static memory(expected: Expected): SharedArrayBuffer {
    const numbers = (countsLength + groupsOf(expected)) * Int32Array.BYTES_PER_ELEMENT;
    return new SharedArrayBuffer(numbers + expected.partitions * expected.eventsPerPartition);
  }

  add(id: string): void {
    const [partition = 0, key = 0, number = 0] = id.split('-').map(Number);
    const { order, eventsPerPartition } = this.#expected;
    if (Atomics.exchange(this.#seen, partition * eventsPerPartition + number, 1) === 1) {
      Atomics.add(this.#counts, counted.duplicates, 1);
      return;
    }
    if (order !== 'unordered') this.#compare(order === 'ordered' ? partition : key, number);
    Atomics.add(this.#counts, counted.arrived, 1);
  }

  get report(): ArrivalReport {
    const count = (of: keyof ArrivalReport): number => Atomics.load(this.#counts, counted[of]);
    return { arrived: count('arrived'), duplicates: count('duplicates'), inversions: count('inversions') };
  }

  #compare(group: number, number: number): void {
    if (number < Atomics.load(this.#next, group)) Atomics.add(this.#counts, counted.inversions, 1);
    else Atomics.store(this.#next, group, number + 1);
  }
}

const countsLength = Object.keys(counted).length;

function groupsOf({ partitions, keysPerPartition }: Expected): number {
  return partitions * Math.max(1, keysPerPartition);
}

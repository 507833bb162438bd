import type { DeliveryOrder } from '../../contract/dispatcher-file.ts';
import type { FetchedRecord } from '../kafka/fetched-records.ts';
import { Fifo } from './fifo.ts';

/** Fetched records of one partition that wait for their turn. */
export interface Waiting {
  /** In the order of their offsets. */
  add(record: FetchedRecord): void;
  /** Whether there is one that may be under way beside those that are. */
  readonly hasNext: boolean;
  /** Takes it out. */
  next(): FetchedRecord | undefined;
  /** One that was taken out is finished with. */
  finish(record: FetchedRecord): void;
  clear(): void;
}

/** What waits, by the rule of the order: `ordered` lets out one at a time, `keyed` one of each key, `unordered` every one. */
export function waitingRecords(order: DeliveryOrder): Waiting {
  if (order === 'ordered') return new WaitingInOrder();
  return order === 'keyed' ? new WaitingByKey() : new WaitingForNothing();
}

class WaitingForNothing implements Waiting {
  readonly #records = new Fifo<FetchedRecord>();

  add(record: FetchedRecord): void {
    this.#records.push(record);
  }

  get hasNext(): boolean {
    return this.#records.length > 0;
  }

  next(): FetchedRecord | undefined {
    return this.#records.shift();
  }

  finish(): void {
    // Nobody waits for it.
  }

  clear(): void {
    this.#records.clear();
  }
}

class WaitingInOrder implements Waiting {
  readonly #records = new Fifo<FetchedRecord>();
  #busy = false;

  add(record: FetchedRecord): void {
    this.#records.push(record);
  }

  get hasNext(): boolean {
    return !this.#busy && this.#records.length > 0;
  }

  next(): FetchedRecord | undefined {
    if (this.#busy) return undefined;
    const record = this.#records.shift();
    this.#busy = record !== undefined;
    return record;
  }

  finish(): void {
    this.#busy = false;
  }

  clear(): void {
    this.#records.clear();
  }
}

/** Keys without a record here that are remembered at most, and how long they may be: forgetting each at once would make a Map that keeps what it held (docs/performance.md). */
const idleKeys = { most: 1000, longest: 64 } as const;

/** Records without a key wait for nothing. */
class WaitingByKey implements Waiting {
  readonly #ready = new Fifo<FetchedRecord>();
  /** What is behind a record that is ready or under way, by key: null where nothing is, undefined where there is no such record. */
  #behind = new Map<string, Fifo<FetchedRecord> | null | undefined>();
  #idleKeys = 0;

  add(record: FetchedRecord): void {
    const { key } = record;
    const behind = key === null ? undefined : this.#behind.get(key);
    if (behind) behind.push(record);
    else if (key !== null && behind === null) this.#behind.set(key, fifoOf(record));
    else {
      if (key !== null) this.#setReady(key);
      this.#ready.push(record);
    }
  }

  get hasNext(): boolean {
    return this.#ready.length > 0;
  }

  next(): FetchedRecord | undefined {
    return this.#ready.shift();
  }

  finish({ key }: FetchedRecord): void {
    if (key === null) return;
    const following = this.#behind.get(key)?.shift();
    if (following) this.#ready.push(following);
    else this.#setIdle(key);
  }

  clear(): void {
    this.#ready.clear();
    this.#behind.clear();
    this.#idleKeys = 0;
  }

  #setReady(key: string): void {
    const known = this.#behind.size;
    this.#behind.set(key, null);
    if (this.#behind.size === known) this.#idleKeys -= 1;
  }

  #setIdle(key: string): void {
    if (key.length > idleKeys.longest) {
      this.#behind.delete(key);
      return;
    }
    this.#behind.set(key, undefined);
    this.#idleKeys += 1;
    if (this.#idleKeys <= idleKeys.most) return;
    this.#behind = new Map([...this.#behind].filter(([, behind]) => behind !== undefined));
    this.#idleKeys = 0;
  }
}

function fifoOf(record: FetchedRecord): Fifo<FetchedRecord> {
  const fifo = new Fifo<FetchedRecord>();
  fifo.push(record);
  return fifo;
}

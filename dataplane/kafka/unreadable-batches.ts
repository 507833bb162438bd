import type { Logger } from '../../runtime/log.ts';
import type { FetchedBatch } from './fetched-records.ts';

/** Batches that cannot be read, said once each: their partitions wait, the others go on, and nothing behind them is committed. */
export class UnreadableBatches {
  readonly #log: Logger;
  /** What was said, by partition. */
  readonly #said = new Map<number, string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  note({ partition, next: offset, unreadable: reason }: FetchedBatch): void {
    if (reason === undefined) {
      if (this.#said.delete(partition)) this.#log.info({ partition, offset }, 'the batch that could not be read was read');
      return;
    }
    const text = `${offset}: ${reason}`;
    if (this.#said.get(partition) === text) return;
    this.#said.set(partition, text);
    this.#log.error({ partition, offset, reason }, 'a batch cannot be read: its partition waits, and fetches it again and again: look at the log of the topic with kafka-dump-log');
  }
}

import type { Round } from './by-turns.ts';
import type { Latencies, LoadResult } from './load.ts';

export interface ReceiverBench {
  readonly workers: number;
  readonly connections: number;
  readonly bytes: number;
  readonly seconds: number;
  /** Requests a second of each connection; undefined for as many as can be. */
  readonly rate: number | undefined;
  /** Share of a core that each worker may use; undefined for as much as there is. With it, one worker is measured by turns with so many, `connections` for each worker. */
  readonly coresPerWorker: number | undefined;
  /** Folder of another checkout, whose receiver is measured by turns with this one. */
  readonly against: string | undefined;
}

export interface Measured extends LoadResult {
  readonly cpuMicrosPerEvent: number;
  /** The most that was seen. */
  readonly rssMiB: number;
}

export interface ReceiverFigures {
  /** The sender against a server that parses nothing. */
  readonly sender: Measured;
  /** A bare `node:http`. */
  readonly floor: Measured;
  readonly receiver: Measured;
  /** One bare produce at a time beside the receiver's load. */
  readonly roundTrip: Latencies;
  readonly readyMs: number;
  readonly idleRssMiB: number;
  /** Where it was measured by turns with another one. */
  readonly rounds?: readonly Round<Measured>[];
}

export const partitions = 10;
/** Before a share of a core is all there is: most of it would go into compiling for as long as anybody waits. */
export const warmUpSeconds = 5;

import type { NumberedEvents, Order } from './arrivals.ts';
import type { Round } from './by-turns.ts';
import type { SinkReport } from './sink-process.ts';

export interface DispatcherBench {
  readonly order: Order;
  readonly partitions: number;
  /** Requests under way at a time: `maxInFlight` where events are not `ordered`; there it is one a partition. */
  readonly connections: number;
  readonly replicas: number;
  readonly bytes: number;
  readonly events: number;
  /** Share of a core that each replica may use; undefined for as much as there is. With it, one replica and so many are measured by turns, and processes of undici alone in the same way. */
  readonly coresPerReplica: number | undefined;
  /** Folder of another checkout, whose dispatcher is measured by turns with this one. */
  readonly against: string | undefined;
}

export interface Measured {
  readonly report: SinkReport;
  readonly eventsPerSecond: number;
  readonly cpuMicrosPerEvent: number;
  /** The most that was seen, of the largest process. */
  readonly rssMiB: number;
  /** With everything still waiting. */
  readonly waitingRssMiB: number;
  /** Share of one core that the sink used. */
  readonly sinkBusy: number;
}

/** What was measured by turns; `floor` where it was one replica and several, undefined where it was another checkout. */
export interface Rounds {
  readonly dispatchers: readonly Round<Measured>[];
  readonly floor: readonly Round<Measured>[] | undefined;
}

/** Part of the events that arrives before a share of a core is all there is: most of it would go into compiling meanwhile. */
export const warmUpShare = 0.2;

export function numberedEvents({ events, order, partitions }: DispatcherBench): NumberedEvents {
  return { partitions, eventsPerPartition: Math.ceil(events / partitions), keysPerPartition: order === 'keyed' ? 100 : 0 };
}

/** Requests under way at a time of one process that has so many partitions. */
export function concurrencyOf({ order, connections }: DispatcherBench, partitions: number): number {
  return order === 'ordered' ? partitions : connections;
}

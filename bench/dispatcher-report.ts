import type { DispatcherBench, Measured, Round } from './dispatcher-figures.ts';
import { concurrencyOf, perPartition, timesOne, warmUpShare } from './dispatcher-figures.ts';

/** A table, what it means, and as the last line the figures as JSON: of rounds in the order of what they show, the one in the middle. Fails where an event was out of order. */
export function reportDispatcher(bench: DispatcherBench, floor: Measured, rounds: readonly Round[]): void {
  const median = rounds[Math.floor(rounds.length / 2)];
  if (!median) throw new RangeError('no round was measured');
  const { one: oneReplica, all: dispatchers } = median;
  console.log(`${bench.order}, ${bench.partitions} partitions, ${perPartition(bench) * bench.partitions} events of ${bench.bytes} bytes, ${concurrencyOf(bench)} under way at a time, ${bench.replicas} replica(s), ${bench.coresPerReplica === undefined ? 'no warm-up' : `dispatchers after ${warmUpShare * 100} % of the events without a limit`}`);
  console.log([''.padEnd(18), ' events/s', 'CPU µs each', ' RSS MiB', 'sink busy', 'duplicates', 'inversions'].join(' '));
  console.log(row('floor (undici)', floor));
  if (oneReplica) console.log(row('one replica', oneReplica));
  console.log(row('dispatcher', dispatchers));
  console.log(`the sink is not the bottleneck: it uses ${(dispatchers.sinkBusy * 100).toFixed(0)} % of a core, and takes ${(floor.eventsPerSecond / dispatchers.eventsPerSecond).toFixed(1)} times as many from undici alone; RSS with all waiting ${dispatchers.waitingRssMiB.toFixed(0)} MiB`);
  const timesOneReplica = oneReplica && timesOne(median);
  if (timesOneReplica !== undefined) console.log(`${bench.coresPerReplica} of a core for each replica, ${rounds.length} rounds: ${bench.replicas} make ${timesOneReplica.toFixed(2)} times the events of one (${rounds.map((one) => timesOne(one).toFixed(2)).join(', ')})`);
  console.log(JSON.stringify(lastLine(bench, floor, dispatchers, timesOneReplica)));
  const inversions = rounds.reduce((sum, { one, all }) => sum + (one?.report.inversions ?? 0) + all.report.inversions, 0);
  if (inversions > 0) throw new Error(`${inversions} events arrived out of order`);
}

function row(name: string, { eventsPerSecond, cpuMicrosPerEvent, rssMiB, sinkBusy, report: { duplicates, inversions } }: Measured): string {
  return [name.padEnd(18), eventsPerSecond.toFixed(0).padStart(9), cpuMicrosPerEvent.toFixed(1).padStart(11), rssMiB.toFixed(0).padStart(8), `${(sinkBusy * 100).toFixed(0)} %`.padStart(9), String(duplicates).padStart(10), String(inversions).padStart(10)].join(' ');
}

function lastLine({ order, partitions, coresPerReplica }: DispatcherBench, floor: Measured, dispatchers: Measured, timesOneReplica: number | undefined): Record<string, string | number | undefined> {
  const round = (value: number, digits = 2): number => Number(value.toFixed(digits));
  return {
    bench: 'dispatcher',
    order,
    partitions,
    eventsPerSecond: round(dispatchers.eventsPerSecond, 0),
    cpuMicrosPerEvent: round(dispatchers.cpuMicrosPerEvent),
    floorEventsPerSecond: round(floor.eventsPerSecond, 0),
    floorCpuMicrosPerEvent: round(floor.cpuMicrosPerEvent),
    speedRatio: round(dispatchers.eventsPerSecond / floor.eventsPerSecond),
    cpuRatio: round(dispatchers.cpuMicrosPerEvent / floor.cpuMicrosPerEvent),
    rssMiB: round(dispatchers.rssMiB, 0),
    ...(timesOneReplica !== undefined && { coresPerReplica, timesOneReplica: round(timesOneReplica) }),
  };
}

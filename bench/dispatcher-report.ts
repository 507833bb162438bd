import { againstFigures, againstSentence, eventsRatio, medianRatio, medianRound, shownRatios } from './by-turns.ts';
import type { DispatcherBench, Measured, Rounds } from './dispatcher-figures.ts';
import { concurrencyOf, numberedEvents, warmUpShare } from './dispatcher-figures.ts';

const nameWidth = 26;

/** A table, what it means, and as the last line the figures as JSON, those of the round in the middle where it was measured by turns. Fails where an event was out of order. */
export function reportDispatcher(bench: DispatcherBench, floor: Measured, measured: Measured, rounds?: Rounds): void {
  const { partitions, eventsPerPartition } = numberedEvents(bench);
  console.log(`${bench.order}, ${partitions} partitions, ${eventsPerPartition * partitions} events of ${bench.bytes} bytes, ${concurrencyOf(bench, partitions)} under way at a time, ${bench.replicas} replica(s), ${bench.coresPerReplica === undefined ? 'no warm-up' : `dispatchers after ${warmUpShare * 100} % of the events without a limit`}`);
  console.log([''.padEnd(nameWidth), ' events/s', 'CPU µs each', ' RSS MiB', 'sink busy', 'duplicates', 'inversions'].join(' '));
  console.log(row('floor (undici)', floor));
  console.log(row('dispatcher', measured));
  if (rounds) reportRounds(bench, rounds);
  console.log(`the sink is not the bottleneck: it uses ${(measured.sinkBusy * 100).toFixed(0)} % of a core, and takes ${(floor.eventsPerSecond / measured.eventsPerSecond).toFixed(1)} times as many from undici alone; RSS with all waiting ${measured.waitingRssMiB.toFixed(0)} MiB`);
  console.log(JSON.stringify(lastLine(bench, floor, measured, rounds)));
  const all = rounds?.dispatchers.flatMap(({ other, own }) => [other, own]) ?? [measured];
  const inversions = all.reduce((sum, { report }) => sum + report.inversions, 0);
  if (inversions > 0) throw new Error(`${inversions} events arrived out of order`);
}

function reportRounds({ replicas, coresPerReplica, against }: DispatcherBench, { dispatchers, floor }: Rounds): void {
  const { other } = medianRound(dispatchers, eventsRatio).round;
  console.log(row(against === undefined ? 'one replica, same round' : 'the other one, same round', other));
  console.log(against === undefined ? `${coresPerReplica} of a core for each replica, ${dispatchers.length} rounds: times the events of one, ${replicas} make ${shownRatios(dispatchers, eventsRatio)}` : againstSentence(against, dispatchers));
  if (floor) console.log(`what this machine allows: of undici alone, with the same shares, ${replicas} processes make ${shownRatios(floor, eventsRatio)} times the events of one`);
}

function row(name: string, { eventsPerSecond, cpuMicrosPerEvent, rssMiB, sinkBusy, report: { duplicates, inversions } }: Measured): string {
  return [name.padEnd(nameWidth), eventsPerSecond.toFixed(0).padStart(9), cpuMicrosPerEvent.toFixed(1).padStart(11), rssMiB.toFixed(0).padStart(8), `${(sinkBusy * 100).toFixed(0)} %`.padStart(9), String(duplicates).padStart(10), String(inversions).padStart(10)].join(' ');
}

function lastLine({ order, partitions, coresPerReplica, against }: DispatcherBench, floor: Measured, dispatchers: Measured, rounds?: Rounds): Record<string, string | number | undefined> {
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
    ...(rounds && ofRounds(rounds, coresPerReplica, against)),
  };
}

function ofRounds({ dispatchers, floor }: Rounds, coresPerReplica: number | undefined, against: string | undefined): Record<string, string | number | undefined> {
  if (against !== undefined) return againstFigures(against, dispatchers);
  return { coresPerReplica, timesOneReplica: medianRatio(dispatchers, eventsRatio), ...(floor && { floorTimesOneProcess: medianRatio(floor, eventsRatio) }) };
}

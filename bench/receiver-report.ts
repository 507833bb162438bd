import type { Round } from './by-turns.ts';
import { againstFigures, againstSentence, eventsRatio, medianRatio, medianRound, shownRatios } from './by-turns.ts';
import type { Measured, ReceiverBench, ReceiverFigures } from './receiver-figures.ts';
import { partitions, warmUpSeconds } from './receiver-figures.ts';

const nameWidth = 34;

/** A table, what it means, and as the last line the figures as JSON. */
export function reportReceiver(bench: ReceiverBench, figures: ReceiverFigures): void {
  const { sender, floor, receiver, roundTrip, idleRssMiB } = figures;
  const pace = bench.rate === undefined ? '' : `, ${bench.rate} requests/s of each`;
  const each = figures.rounds ? ' a worker' : '';
  const warm = figures.rounds === undefined ? 'no warm-up' : `receivers after ${warmUpSeconds} s that do not count`;
  console.log(`${bench.connections} connection(s)${each}${pace}, ${bench.bytes} bytes, ${partitions} partitions, acks=all, ${bench.workers} worker(s), ${bench.seconds} s each, ${warm}`);
  console.log([''.padEnd(nameWidth), ' events/s', 'CPU µs each', '  p50 ms', '  p99 ms', ' first second: events, p99 ms', '  answers'].join(' '));
  console.log(row('sender alone (TCP, parses nothing)', sender));
  console.log(row('floor (node:http, body, 202)', floor));
  console.log(row('receiver', receiver));
  console.log([`one bare produce, same load`.padEnd(nameWidth), ''.padStart(9), ''.padStart(11), fixed(roundTrip.p50Ms, 8), fixed(roundTrip.p99Ms, 8)].join(' '));
  if (figures.rounds) reportRounds(bench, figures.rounds);
  const times = (sender.eventsPerSecond / receiver.eventsPerSecond).toFixed(1);
  console.log(`the sender: ${percent(receiver.busy)} of a core busy with the receiver; alone it makes ${times} times the receiver's rate${receiver.busy < 0.9 ? '' : ': it is the bottleneck, and this run says nothing'}`);
  const p99Goal = 2 * floor.p99Ms + roundTrip.p50Ms;
  console.log(`p99 ${receiver.p99Ms.toFixed(1)} ms; 2 x floor + one round trip: ${p99Goal.toFixed(1)} ms. p50 less one bare produce: ${(receiver.p50Ms - roundTrip.p50Ms).toFixed(2)} ms. RSS idle ${idleRssMiB.toFixed(0)} MiB`);
  console.log(JSON.stringify(lastLine(bench, figures)));
}

function row(name: string, { eventsPerSecond, cpuMicrosPerEvent, p50Ms, p99Ms, firstSecond, byStatus }: Measured): string {
  const first = `${fixed(firstSecond.answers, 21, 0)}, ${fixed(firstSecond.p99Ms, 6, 1)}`;
  return [name.padEnd(nameWidth), fixed(eventsPerSecond, 9, 0), fixed(cpuMicrosPerEvent, 11, 1), fixed(p50Ms, 8), fixed(p99Ms, 8), first, `  ${JSON.stringify(byStatus)}`].join(' ');
}

function reportRounds({ workers, coresPerWorker, against }: ReceiverBench, rounds: readonly Round<Measured>[]): void {
  const { other } = medianRound(rounds, eventsRatio).round;
  console.log(row(against === undefined ? 'receiver, one worker, same round' : 'the other one, same round', other));
  console.log(against === undefined ? `${coresPerWorker} of a core for each worker, ${rounds.length} rounds: times the events of one, ${workers} make ${shownRatios(rounds, eventsRatio)}` : againstSentence(against, rounds));
}

function fixed(value: number, width: number, digits = 2): string {
  return value.toFixed(digits).padStart(width);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

function lastLine({ workers, connections, bytes, coresPerWorker, against }: ReceiverBench, { floor, receiver, rounds, readyMs }: ReceiverFigures): Record<string, string | number | undefined> {
  const round = (value: number, digits = 2): number => Number(value.toFixed(digits));
  return {
    bench: 'receiver',
    workers,
    connections,
    bytes,
    eventsPerSecond: round(receiver.eventsPerSecond, 0),
    cpuMicrosPerEvent: round(receiver.cpuMicrosPerEvent),
    floorEventsPerSecond: round(floor.eventsPerSecond, 0),
    floorCpuMicrosPerEvent: round(floor.cpuMicrosPerEvent),
    cpuRatio: round(receiver.cpuMicrosPerEvent / floor.cpuMicrosPerEvent),
    p50Ms: round(receiver.p50Ms),
    p99Ms: round(receiver.p99Ms),
    rssMiB: round(receiver.rssMiB, 0),
    readyMs: round(readyMs, 0),
    ...(rounds && ofRounds(rounds, coresPerWorker, against)),
  };
}

function ofRounds(rounds: readonly Round<Measured>[], coresPerWorker: number | undefined, against: string | undefined): Record<string, string | number | undefined> {
  return against === undefined ? { coresPerWorker, timesOneWorker: medianRatio(rounds, eventsRatio) } : againstFigures(against, rounds);
}

import type { Measured } from './receiver-figures.ts';

/** Two receivers, one after the other under a load of a few seconds: what else the machine does in the meantime is about the same for both. */
export interface Round {
  readonly other: Measured;
  readonly receiver: Measured;
}

export const roundsByTurns = 7;

export async function byTurns(measureOther: () => Promise<Measured>, measureReceiver: () => Promise<Measured>): Promise<Round[]> {
  const rounds: Round[] = [];
  while (rounds.length < roundsByTurns) rounds.push({ other: await measureOther(), receiver: await measureReceiver() });
  return rounds;
}

/** Times the events a second of the other one. */
export function eventsRatio({ other, receiver }: Round): number {
  return receiver.eventsPerSecond / other.eventsPerSecond;
}

/** Times the CPU that the other one takes for an event. */
export function cpuRatio({ other, receiver }: Round): number {
  return receiver.cpuMicrosPerEvent / other.cpuMicrosPerEvent;
}

/** The round in the middle, and the ratio of every round in order. */
export function medianRound(rounds: readonly Round[], ratio: (round: Round) => number): { readonly round: Round; readonly ratios: readonly number[] } {
  const sorted = rounds.toSorted((a, b) => ratio(a) - ratio(b));
  const round = sorted[Math.floor(sorted.length / 2)];
  if (!round) throw new RangeError('no round was measured');
  return { round, ratios: sorted.map(ratio) };
}

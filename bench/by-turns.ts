/** What two that are measured by turns have in common. */
export interface Pace {
  readonly eventsPerSecond: number;
  readonly cpuMicrosPerEvent: number;
}

/** Two measured one after the other for a few seconds: what else the machine does in the meantime is about the same for both. */
export interface Round<Measured extends Pace> {
  readonly other: Measured;
  readonly own: Measured;
}

const roundsByTurns = 7;

export async function byTurns<Measured extends Pace>(measureOther: () => Promise<Measured>, measureOwn: () => Promise<Measured>): Promise<Round<Measured>[]> {
  const rounds: Round<Measured>[] = [];
  while (rounds.length < roundsByTurns) rounds.push({ other: await measureOther(), own: await measureOwn() });
  return rounds;
}

/** Times the events a second of the other one. */
export function eventsRatio({ other, own }: Round<Pace>): number {
  return own.eventsPerSecond / other.eventsPerSecond;
}

/** Times the CPU that the other one takes for an event. */
function cpuRatio({ other, own }: Round<Pace>): number {
  return own.cpuMicrosPerEvent / other.cpuMicrosPerEvent;
}

/** The round in the middle, and the ratio of every round in order. */
export function medianRound<Measured extends Pace>(rounds: readonly Round<Measured>[], ratio: (round: Round<Pace>) => number): { readonly round: Round<Measured>; readonly ratios: readonly number[] } {
  const sorted = rounds.toSorted((a, b) => ratio(a) - ratio(b));
  const round = sorted[Math.floor(sorted.length / 2)];
  if (!round) throw new RangeError('no round was measured');
  return { round, ratios: sorted.map(ratio) };
}

/** The median and every round's ratio, for people: `1.81 (1.54, 1.81, 2.05)`. */
export function shownRatios(rounds: readonly Round<Pace>[], ratio: (round: Round<Pace>) => number): string {
  const { round, ratios } = medianRound(rounds, ratio);
  return `${ratio(round).toFixed(2)} (${ratios.map((one) => one.toFixed(2)).join(', ')})`;
}

/** What the rounds against another checkout say. */
export function againstSentence(against: string, rounds: readonly Round<Pace>[]): string {
  return `against ${against}, ${rounds.length} rounds: times its CPU for an event ${shownRatios(rounds, cpuRatio)}; times its events ${shownRatios(rounds, eventsRatio)}`;
}

/** The same for the last line. */
export function againstFigures(against: string, rounds: readonly Round<Pace>[]): Record<string, string | number> {
  return { against, timesItsCpu: medianRatio(rounds, cpuRatio), timesItsEvents: medianRatio(rounds, eventsRatio) };
}

/** The median of it, to two digits. */
export function medianRatio(rounds: readonly Round<Pace>[], ratio: (round: Round<Pace>) => number): number {
  return Number(ratio(medianRound(rounds, ratio).round).toFixed(2));
}
